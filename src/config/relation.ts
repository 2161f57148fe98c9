/** Relations between settings that no single value shows. Each names its rule and its cure. */
import { isIP } from 'node:net';
import type { TimerValues } from '../contract/timers.ts';
import type { ConfigProblem, ConfigRule } from './problem.ts';
import type { Settings } from './schema.ts';

const dayMs = 86_400_000;

function problem(path: string, rule: ConfigRule, message: string, cure: string): ConfigProblem {
  return { path, rule, message, cure };
}

/** 127.0.0.0/8, ::1 and the name that means them. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** The longest ending, in ms: each state of it at its own deadline. */
export function endingBudgetMs(timers: TimerValues): number {
  const farewell = timers.farewellStartMs + Math.max(timers.farewellMs, timers.farewellMaxMs);
  return farewell + timers.drainMs + timers.terminateMs + timers.settleMs + timers.postProcessingMs;
}

function timerProblems({ timers }: Settings): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (timers.farewellStartMs > timers.farewellMs) {
    const message = `farewellStartMs (${timers.farewellStartMs}) is greater than farewellMs (${timers.farewellMs})`;
    const cure = 'a reply must start within the farewell: lower farewellStartMs or raise farewellMs';
    problems.push(problem('timers.farewellStartMs', 'farewell-start-within-farewell', message, cure));
  }
  if (timers.checkpointMs * 3 > timers.leaseTtlMs) {
    const message = `three times checkpointMs (${timers.checkpointMs}) is greater than leaseTtlMs (${timers.leaseTtlMs})`;
    const cure =
      'an owner must have committed before it can lose its lease: lower checkpointMs or raise leaseTtlMs';
    problems.push(problem('timers.checkpointMs', 'checkpoint-within-lease', message, cure));
  }
  const leastMs = timers.maxCallMs + endingBudgetMs(timers);
  if (timers.lifetimeMs <= leastMs) {
    const message = `lifetimeMs (${timers.lifetimeMs}) is not above maxCallMs plus the ending budgets (${leastMs})`;
    const cure = `the longest call must be able to end in order: set lifetimeMs above ${leastMs}, or lower maxCallMs`;
    problems.push(problem('timers.lifetimeMs', 'lifetime-above-max-call', message, cure));
  }
  return problems;
}

/** Log rule 41: an open call must find its own messages. In ms. */
function leastLogAgeMs(timers: TimerValues): number {
  return timers.lifetimeMs + dayMs;
}

function retentionProblems({ retention, timers }: Settings): ConfigProblem[] {
  const ageMs = retention.logMaxAgeMs ?? 0;
  if (ageMs === 0 || ageMs >= leastLogAgeMs(timers)) return [];
  const message = `logMaxAgeMs (${ageMs}) is less than lifetimeMs and one day (${leastLogAgeMs(timers)})`;
  const cure = 'an open call must find its own messages: raise logMaxAgeMs, or unset it, or lower lifetimeMs';
  return [problem('retention.logMaxAgeMs', 'log-outlives-calls', message, cure)];
}

function half(provider: string, given: string, missing: string): ConfigProblem {
  const message = `${provider} is half configured: ${given} without ${missing}`;
  return problem(
    provider.toLowerCase(),
    'half-configured-provider',
    message,
    `set ${missing}, or unset ${given}`,
  );
}

type TwilioKeys = Pick<Settings['twilio'], 'accountSid' | 'authToken' | 'apiKey' | 'apiSecret'>;

/** `name` says which account, `names` how its keys are called there: variables, or keys of the file. */
function twilioProblems(
  name: string,
  names: Record<keyof TwilioKeys, string>,
  keys: TwilioKeys,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const given = (['authToken', 'apiKey', 'apiSecret'] as const).filter((key) => keys[key] !== undefined);
  const first = given[0];
  if (keys.accountSid === undefined && first) problems.push(half(name, names[first], names.accountSid));
  if (keys.apiKey && !keys.apiSecret) problems.push(half(name, names.apiKey, names.apiSecret));
  if (keys.apiSecret && !keys.apiKey) problems.push(half(name, names.apiSecret, names.apiKey));
  if (keys.accountSid && given.length === 0) {
    problems.push(
      half(name, names.accountSid, `${names.authToken} (or ${names.apiKey} and ${names.apiSecret})`),
    );
  }
  return problems;
}

const TWILIO_VARIABLES = {
  accountSid: 'TWILIO_ACCOUNT_SID',
  authToken: 'TWILIO_AUTH_TOKEN',
  apiKey: 'TWILIO_API_KEY',
  apiSecret: 'TWILIO_API_SECRET',
};

const TWILIO_KEYS = {
  accountSid: 'accountSid',
  authToken: 'authToken',
  apiKey: 'apiKey',
  apiSecret: 'apiSecret',
};

function allTwilioProblems({ twilio }: Settings): ConfigProblem[] {
  const listed = twilio.accounts.flatMap((account) =>
    twilioProblems(`Twilio account ${account.accountSid}`, TWILIO_KEYS, account),
  );
  return [...twilioProblems('Twilio', TWILIO_VARIABLES, twilio), ...listed];
}

/** Nothing of it, or all that it needs. `name` → value, by the name under which people set it. */
function wholeOrNot(provider: string, keys: Readonly<Record<string, unknown>>): ConfigProblem[] {
  const names = Object.keys(keys);
  const given = names.filter((name) => keys[name] !== undefined);
  const missing = names.filter((name) => keys[name] === undefined);
  if (given.length === 0 || missing.length === 0) return [];
  return [half(provider, given.join(' and '), missing.join(' and '))];
}

function liveKitProblems({ livekit }: Settings): ConfigProblem[] {
  const { url, apiKey, apiSecret } = livekit;
  return wholeOrNot('LiveKit', {
    LIVEKIT_URL: url,
    LIVEKIT_API_KEY: apiKey,
    LIVEKIT_API_SECRET: apiSecret,
  });
}

function carrierProblems({ telnyx, plivo, vonage, openai }: Settings): ConfigProblem[] {
  const ids = [
    ['Telnyx', 'TELNYX_CONNECTION_ID', telnyx.connectionId, 'TELNYX_API_KEY', telnyx],
    ['OpenAI', 'OPENAI_PROJECT_ID', openai.project, 'OPENAI_API_KEY', openai],
  ] as const;
  return [
    ...ids.flatMap(([provider, idName, id, keyName, { apiKey, accounts }]) => {
      if (id !== undefined && apiKey === undefined) return [half(provider, idName, keyName)];
      // Of several accounts each needs its id: a leg says by it whose it is.
      const isNameless = apiKey !== undefined && id === undefined && accounts.length > 0;
      return isNameless ? [half(provider, `${keyName} beside accounts`, idName)] : [];
    }),
    ...wholeOrNot('Plivo', { PLIVO_AUTH_ID: plivo.authId, PLIVO_AUTH_TOKEN: plivo.authToken }),
    ...wholeOrNot('Vonage', {
      VONAGE_APPLICATION_ID: vonage.applicationId,
      VONAGE_PRIVATE_KEY: vonage.privateKey,
    }),
  ];
}

function shippedProblems(settings: Settings): ConfigProblem[] {
  const { webhook, summary, sms, callback, archive } = settings;
  return [
    ...wholeOrNot('Webhook', { ONHOOK_WEBHOOK_URL: webhook.url, ONHOOK_WEBHOOK_SECRET: webhook.secret }),
    ...wholeOrNot('Summary', { ONHOOK_SUMMARY_URL: summary.url, ONHOOK_SUMMARY_MODEL: summary.model }),
    ...wholeOrNot('Sms', {
      ONHOOK_SMS_FROM: sms.from,
      ONHOOK_SMS_TO: sms.to,
      ONHOOK_SMS_BODY: sms.body,
    }),
    ...wholeOrNot('Callback', {
      ONHOOK_CALLBACK_AT: callback.at,
      ONHOOK_CALLBACK_FROM: callback.from,
      ONHOOK_CALLBACK_TO: callback.to,
      ONHOOK_CALLBACK_BODY: callback.body,
    }),
    ...wholeOrNot('Archive', {
      ONHOOK_ARCHIVE_S3_ENDPOINT: archive.s3Endpoint,
      ONHOOK_ARCHIVE_S3_BUCKET: archive.s3Bucket,
      ONHOOK_ARCHIVE_S3_ACCESS_KEY_ID: archive.s3AccessKeyId,
      ONHOOK_ARCHIVE_S3_SECRET_ACCESS_KEY: archive.s3SecretAccessKey,
    }),
    ...shippedValueProblems(settings),
  ];
}

function shippedValueProblems({ archive, publish, nats, webhook }: Settings): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (archive.folder !== undefined && archive.s3Endpoint !== undefined) {
    const message = 'the archive is both a folder and a store';
    problems.push(problem('archive.folder', 'invalid-value', message, 'unset one of them'));
  }
  if (publish.subject?.startsWith(`${nats.prefix}.`) === true) {
    const message = `the subject begins with ${nats.prefix}, where only onhook and its gateways publish`;
    problems.push(problem('publish.subject', 'invalid-value', message, 'choose a subject of your own'));
  }
  if (webhook.urlFrom !== undefined && webhook.allowedHosts.length === 0) {
    const message = 'a URL that comes with a call needs hosts that it may name';
    problems.push(
      problem('webhook.allowedHosts', 'invalid-value', message, 'list them, or unset webhook.urlFrom'),
    );
  }
  return problems;
}

function isOpenAndRemote(server: string): boolean {
  const address = server.includes('://') ? server : `nats://${server}`;
  if (!URL.canParse(address)) return false;
  const { username, hostname } = new URL(address);
  return username === '' && !isLoopback(hostname);
}

function natsProblems({ nats }: Settings): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (nats.password && !nats.user) problems.push(half('NATS', 'ONHOOK_NATS_PASSWORD', 'ONHOOK_NATS_USER'));
  if (nats.user && !nats.password) problems.push(half('NATS', 'ONHOOK_NATS_USER', 'ONHOOK_NATS_PASSWORD'));
  if (nats.certFile && !nats.keyFile)
    problems.push(half('NATS', 'ONHOOK_NATS_CERT_FILE', 'ONHOOK_NATS_KEY_FILE'));
  if (nats.keyFile && !nats.certFile)
    problems.push(half('NATS', 'ONHOOK_NATS_KEY_FILE', 'ONHOOK_NATS_CERT_FILE'));
  const authenticated = nats.user ?? nats.token ?? nats.credentialsFile ?? nats.certFile;
  if (authenticated === undefined && !nats.allowOpen && nats.url?.some(isOpenAndRemote)) {
    const message =
      'a NATS server beyond loopback without authentication: whoever reaches it can prevent hangups';
    const cure =
      'set ONHOOK_NATS_USER and ONHOOK_NATS_PASSWORD (or a token, or credentials), or allow it: nats.allowOpen';
    problems.push(problem('nats.url', 'nats-open', message, cure));
  }
  return problems;
}

function adminProblems({ admin }: Settings): ConfigProblem[] {
  if (admin.token !== undefined || isLoopback(admin.host)) return [];
  const message = `the admin API listens on ${admin.host}, which is not loopback, and has no token`;
  return [
    problem(
      'admin.token',
      'admin-token-required',
      message,
      'set ONHOOK_ADMIN_TOKEN or ONHOOK_ADMIN_TOKEN_FILE',
    ),
  ];
}

/** All broken relations of otherwise valid settings. */
export function relationProblems(settings: Settings): ConfigProblem[] {
  return [
    ...timerProblems(settings),
    ...retentionProblems(settings),
    ...allTwilioProblems(settings),
    ...liveKitProblems(settings),
    ...carrierProblems(settings),
    ...shippedProblems(settings),
    ...natsProblems(settings),
    ...adminProblems(settings),
  ];
}
