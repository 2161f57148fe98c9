/** Who may use the façade: whoever holds the credentials of a configured account, as at Twilio. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IngressAccount } from './parts.ts';

/** Takes an `Authorization` header; returns the account that it proves, or undefined. */
export type AccountCheck = (header: string | undefined) => IngressAccount | undefined;

/** The auth token or the API key, whichever the account has. Every guess takes the same time. */
export function accountCheck(accounts: readonly IngressAccount[]): AccountCheck {
  const logins = accounts.flatMap((account) => {
    const { accountSid, authToken, apiKey, apiSecret } = account;
    return [
      ...(authToken ? [{ account, digest: digestOf(basic(accountSid, authToken)) }] : []),
      ...(apiKey && apiSecret ? [{ account, digest: digestOf(basic(apiKey, apiSecret)) }] : []),
    ];
  });
  return (header) => {
    if (header === undefined) return undefined;
    const given = digestOf(header.replace(/^basic +/i, 'Basic '));
    return logins.filter(({ digest }) => timingSafeEqual(digest, given))[0]?.account;
  };
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Of one length, as the comparison needs. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
