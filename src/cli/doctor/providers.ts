/** Checks of the providers: each account is asked one question that changes nothing. */
import { Cancellation } from '../../carriers/cancellation.ts';
import type { Carriers, CarriersConfig } from '../../carriers/registry.ts';
import { createCarriers } from '../../carriers/registry.ts';
import { systemClock } from '../../clock/system-clock.ts';
import type { Config } from '../../config/config.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { carriersConfig } from '../serve/carriers-config.ts';
import { fail, failed, ok, warn } from './check.ts';
import type { Finding } from './check.ts';

const ASK_TIMEOUT_MS = 5_000;
/** A room of this name is only asked for. */
const NO_ROOM = { name: 'onhook-doctor' };

type Provider = keyof CarriersConfig;

/** Variables of each; in the file several accounts. */
const SETTINGS: Readonly<Record<Provider, { readonly keys: string; readonly address: string }>> = {
  twilio: {
    keys: 'TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (or TWILIO_API_KEY and TWILIO_API_SECRET)',
    address: 'ONHOOK_TWILIO_BASE_URL',
  },
  livekit: { keys: 'LIVEKIT_API_KEY and LIVEKIT_API_SECRET', address: 'LIVEKIT_URL' },
  telnyx: { keys: 'TELNYX_API_KEY', address: 'telnyx.baseUrl' },
  plivo: { keys: 'PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN', address: 'plivo.baseUrl' },
  vonage: { keys: 'VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY', address: 'vonage.baseUrl' },
  openai: { keys: 'OPENAI_API_KEY', address: 'openai.baseUrl' },
};

/** What names an account, none of them secret. */
const NAMES = ['accountSid', 'authId', 'connectionId', 'applicationId', 'project'] as const;

/** Every account of every provider, and what is missing to hear of their calls. Asks all at once. */
export async function checkProviders(config: Config): Promise<Finding[]> {
  const given = carriersConfig(config);
  const providers = (Object.keys(SETTINGS) as Provider[]).filter((name) => given[name] !== undefined);
  const asked = await Promise.all(providers.map((provider) => checkProvider(provider, given)));
  const none = providers.length > 0 ? [] : [NO_PROVIDER];
  return [...none, ...asked.flat(), ...checkCallbacks(config)];
}

const NO_PROVIDER = warn(
  'providers',
  'none configured: only lines that a gateway ends itself (`sip`) can be hung up',
  'set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or what `onhook config print` lists for your carrier',
);

/** Signatures of Twilio cover the URL that it calls. */
function checkCallbacks({ twilio, publicUrl }: Config): Finding[] {
  if (twilio === undefined) return [];
  const unsigned = twilio.accounts.filter(({ authToken }) => authToken === undefined);
  return [
    publicUrl === undefined
      ? warn(
          'public url',
          'not set: callbacks are verified for the host that they name, which a proxy changes',
          'set ONHOOK_PUBLIC_URL to what Twilio calls, for example https://onhook.example',
        )
      : ok('public url', publicUrl),
    ...(unsigned.length === 0
      ? []
      : [
          warn(
            'twilio callbacks',
            `${unsigned.length} account(s) have an API key and no auth token: status callbacks cannot be verified`,
            'set TWILIO_AUTH_TOKEN as well',
          ),
        ]),
  ];
}

async function checkProvider(provider: Provider, given: CarriersConfig): Promise<Finding[]> {
  const config = given[provider];
  if (config === undefined) return [];
  if (!('accounts' in config)) return [await checkOne(provider, { [provider]: config }, '')];
  return Promise.all(
    config.accounts.map((account) => {
      const values: Readonly<Record<string, unknown>> = { ...account };
      const name = NAMES.map((key) => values[key]).find((one) => typeof one === 'string');
      const about = typeof name === 'string' ? `account ${name} ` : '';
      return checkOne(provider, { [provider]: { ...config, accounts: [account] } }, about);
    }),
  );
}

async function checkOne(provider: Provider, config: CarriersConfig, about: string): Promise<Finding> {
  let opened: Carriers;
  try {
    opened = await createCarriers(config, systemClock);
  } catch (error) {
    return failed(provider, error, `correct ${SETTINGS[provider].keys}`);
  }
  try {
    const outcome = await question(provider, opened);
    if (outcome === undefined) return ok(provider, `${about}configured; it has no question to try the key`);
    return judge(provider, about, outcome);
  } finally {
    await opened.close();
  }
}

function question(provider: Provider, { carriers, rooms }: Carriers): Promise<Outcome> | undefined {
  const options = {
    cancellation: new Cancellation(),
    timeoutMs: ASK_TIMEOUT_MS,
    idempotencyKey: '',
  };
  const room = rooms.get(provider);
  return room === undefined ? carriers.get(provider)?.list?.(undefined, options) : room.ask(NO_ROOM, options);
}

/** `fatal` is a refusal, `retry` a failure of the way or of the provider. */
function judge(provider: Provider, about: string, { result, code = '', detail = '' }: Outcome): Finding {
  const { keys, address } = SETTINGS[provider];
  const why = [code, detail].filter((part) => part !== '').join(': ');
  if (result === 'fatal') return fail(provider, `${about}is refused (${why})`, `correct ${keys}`);
  if (result === 'retry') {
    return fail(provider, `${about}does not answer (${why})`, `correct ${address}, or open the way to it`);
  }
  return ok(provider, `${about}answers and takes the credentials`);
}
