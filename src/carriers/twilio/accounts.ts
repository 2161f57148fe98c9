/** The Twilio accounts onhook may act for, and which of them a leg belongs to. */
import type { AccountBook } from '../accounts.ts';
import { CarrierConfigError } from '../config-error.ts';
import type { LegAddress } from '../carrier.ts';

/** Either `authToken`, or `apiKey` with `apiSecret`; the key pair wins where both are given. */
export interface TwilioAccount {
  readonly accountSid: string;
  readonly authToken?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly apiSecret?: string | undefined;
}

/** `baseUrl` replaces scheme, host and port, with an optional path before Twilio's own. */
export interface TwilioConfig {
  readonly accounts: readonly TwilioAccount[];
  readonly baseUrl?: string | undefined;
}

/** What Basic auth sends. */
export interface TwilioCredentials {
  readonly username: string;
  readonly password: string;
}

/** One leg, checked: both parts are safe inside a URL path. */
export interface TwilioLeg {
  readonly accountSid: string;
  readonly callSid: string;
}

/** Twilio's are `CA` and 32 hex digits; façades and stubs use shorter ones. No separators, no dots. */
const SID = /^[A-Za-z0-9_-]{1,64}$/;

/** Throws {@link CarrierConfigError} for an account that is half configured, doubled or malformed. */
export function checkAccounts(accounts: readonly TwilioAccount[]): ReadonlyMap<string, TwilioCredentials> {
  if (accounts.length === 0) throw new CarrierConfigError('twilio', 'no account: set TWILIO_ACCOUNT_SID');
  const checked = new Map<string, TwilioCredentials>();
  for (const account of accounts) {
    if (!account.accountSid.startsWith('AC') || !SID.test(account.accountSid)) {
      throw new CarrierConfigError('twilio', 'accountSid must begin with AC, letters and digits only');
    }
    if (checked.has(account.accountSid)) {
      throw new CarrierConfigError('twilio', `account ${account.accountSid} is listed twice`);
    }
    checked.set(account.accountSid, credentialsOf(account));
  }
  return checked;
}

function credentialsOf(account: TwilioAccount): TwilioCredentials {
  const { accountSid, authToken, apiKey, apiSecret } = account;
  if (apiKey && apiSecret) return { username: apiKey, password: apiSecret };
  if (apiKey || apiSecret) {
    throw new CarrierConfigError('twilio', `account ${accountSid}: set both apiKey and apiSecret`);
  }
  if (!authToken) {
    throw new CarrierConfigError(
      'twilio',
      `account ${accountSid}: set authToken (TWILIO_AUTH_TOKEN), or apiKey and apiSecret`,
    );
  }
  return { username: accountSid, password: authToken };
}

/** The leg with its account, or a sentence why it cannot be addressed. */
export function readLeg(
  leg: LegAddress,
  accounts: AccountBook<Pick<TwilioLeg, 'accountSid'>>,
): TwilioLeg | string {
  const { callSid } = leg;
  if (typeof callSid !== 'string' || !SID.test(callSid)) {
    return 'callSid must be 1 to 64 letters, digits, - or _';
  }
  const account = accounts.of(leg);
  return typeof account === 'string' ? account : { accountSid: account.accountSid, callSid };
}
