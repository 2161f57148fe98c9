/**
 * The one schema of the configuration. Paths are the keys of `onhook.yaml`; flags and variables are
 * derived from them (`nats.url`: `--nats-url`, `ONHOOK_NATS_URL`), except where a provider's own
 * variable is the custom (`TWILIO_ACCOUNT_SID`).
 */
import { z } from 'zod';
import { carrierFields } from './carrier-fields.ts';
import { fields, optional, secret } from './field.ts';
import { functionSettings, shippedFields } from './function-fields.ts';
import { timerFields } from './timer-fields.ts';
import { traceFields } from './trace-fields.ts';

const text = z.string().min(1);
const httpUrl = z.url({ protocol: /^https?$/ });
const port = z.number().int().min(0).max(65_535);
const mebibyte = 1_048_576;

const nats = z.strictObject({
  url: optional(z.array(text).min(1), 'NATS servers; unset in `dev` starts one'),
  server: optional(text, 'path of a nats-server binary, for `dev` and the tests'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/)
    .default('onhook.v1')
    .register(fields, {
      description: 'first tokens of every subject',
      reason: 'the name and version of the contract',
    }),
  user: optional(text, 'user name'),
  password: secret('password of that user'),
  token: secret('token, in place of a user'),
  credentialsFile: optional(text, 'path of a NATS .creds file, in place of a user'),
  caFile: optional(text, 'path of the certificate authority that the server must match'),
  certFile: optional(text, 'path of the client certificate'),
  keyFile: optional(text, "path of the client certificate's key"),
  allowOpen: z.boolean().default(false).register(fields, {
    description: 'use a server beyond loopback without authentication',
    reason: 'whoever may publish under our tokens can prevent a hangup',
  }),
});

const durationMs = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1);
const ageMs = z.number().int().min(0);
const sizeBytes = z.number().int().min(mebibyte);

/** Values given here are compared with streams that exist; absent ones are chosen when a stream is created. */
const retention = z.strictObject({
  logMaxAgeMs: optional(ageMs, 'messages of the log older than this are removed, in ms; 0 = never', {
    reason: 'lifetimeMs and a day: an open call must find its own messages',
  }),
  logMaxBytes: optional(sizeBytes, 'size limit of the log: alarm at 80 %, new messages refused at 100 %', {
    reason: 'what the server has room for',
  }),
  recordsMaxAgeMs: optional(ageMs, 'records older than this are removed, in ms; 0 = never', {
    reason: '30 days: records hold personal data and are to be fetched',
  }),
  recordsMaxBytes: optional(sizeBytes, 'size limit of the records', {
    reason: 'what the server has room for',
  }),
  deadLettersMaxAgeMs: optional(ageMs, 'dead letters older than this are removed, in ms; 0 = never', {
    reason: '30 days: time to repair and redrive',
  }),
  deadLettersMaxBytes: optional(sizeBytes, 'size limit of the dead letters', {
    reason: 'what the server has room for',
  }),
  replicas: optional(z.number().int().min(1).max(5), 'copies of each stream in a NATS cluster', {
    reason: 'one; the durable profile wants 3',
  }),
});

const listeners = {
  ingress: z.strictObject({
    host: text.default('0.0.0.0').register(fields, {
      description: 'address that webhooks reach',
      reason: 'carriers call from outside; each request must carry a valid signature',
    }),
    port: port
      .default(7700)
      .register(fields, { description: 'port of the webhooks and the façade', reason: 'the contract' }),
  }),
  admin: z.strictObject({
    host: text.default('127.0.0.1').register(fields, {
      description: 'address of API, dashboard, metrics and probes',
      reason: 'only this machine, until there is a token',
    }),
    port: port
      .default(7701)
      .register(fields, { description: 'port of the admin API', reason: 'the contract' }),
    token: secret('bearer token of the admin API; required when the host is not loopback'),
    readToken: secret('a second bearer token, which may look and not act'),
    hosts: z.array(text).default([]).register(fields, {
      description: 'names besides the host under which browsers reach the admin API',
      reason: 'a name can be rebound to this address by a foreign page; an IP address cannot',
    }),
  }),
};

const accountSid = z.string().regex(/^AC[0-9a-zA-Z]{1,64}$/, 'an account SID begins with AC');

const twilioAccount = z.strictObject({
  accountSid,
  authToken: secret('auth token: signs webhooks, and requests without an API key'),
  apiKey: optional(text, 'API key, for requests'),
  apiSecret: secret('secret of the API key'),
});

const providers = {
  twilio: z.strictObject({
    accountSid: optional(accountSid, 'account', { env: 'TWILIO_ACCOUNT_SID' }),
    authToken: secret('auth token: signs webhooks, and requests without an API key', {
      env: 'TWILIO_AUTH_TOKEN',
    }),
    apiKey: optional(text, 'API key, for requests', { env: 'TWILIO_API_KEY' }),
    apiSecret: secret('secret of the API key', { env: 'TWILIO_API_SECRET' }),
    baseUrl: httpUrl.default('https://api.twilio.com').register(fields, {
      description: 'API host, for a proxy, a region or a test double',
      reason: "Twilio's own",
    }),
    requestsPerSecond: z.number().int().min(1).max(10_000).default(1_000).register(fields, {
      description: 'requests in every second at most, of this node and over all accounts',
      reason: 'high enough for a mass ending; lower it to what your account allows, shared by your nodes',
    }),
    accounts: z.array(twilioAccount).default([]).register(fields, {
      description: 'more accounts, chosen by `legs.carrier.accountSid`',
      reason: 'most teams have one',
      fileOnly: true,
    }),
  }),
  livekit: z.strictObject({
    url: optional(z.url({ protocol: /^(https?|wss?)$/ }), 'server', { env: 'LIVEKIT_URL' }),
    apiKey: optional(text, 'API key', { env: 'LIVEKIT_API_KEY' }),
    apiSecret: secret('secret of the API key; verifies webhooks too', { env: 'LIVEKIT_API_SECRET' }),
  }),
};

export const configSchema = z.strictObject({
  mode: z.enum(['own', 'backstop', 'observe']).default('own').register(fields, {
    description: 'default mode of a call: end it, end it if the gateway does not, or only watch',
    reason: 'ending calls is the purpose; start with observe beside an existing gateway',
  }),
  partitions: z.number().int().min(1).max(256).default(1).register(fields, {
    description: 'N, stored with the log and immutable; changing it is a procedure',
    reason: 'one node carries tens of thousands of open calls, and one partition needs no mapping',
  }),
  publicUrl: optional(httpUrl, 'the URL that carriers call, for signature checks'),
  node: z
    .strictObject({
      id: optional(z.string().regex(/^[A-Za-z0-9._-]{1,128}$/), 'stable name of this node', {
        reason: 'host name and admin port, taken once the port is bound',
      }),
    })
    .prefault({}),
  nats: nats.prefault({}),
  retention: retention.prefault({}),
  ingress: listeners.ingress.prefault({}),
  admin: listeners.admin.prefault({}),
  twilio: providers.twilio.prefault({}),
  livekit: providers.livekit.prefault({}),
  telnyx: carrierFields.telnyx.prefault({}),
  plivo: carrierFields.plivo.prefault({}),
  vonage: carrierFields.vonage.prefault({}),
  openai: carrierFields.openai.prefault({}),
  reconcileMs: durationMs.default(300_000).register(fields, {
    description: 'how often carriers are asked which lines are up, in ms; 0 = never',
    reason: 'a forgotten line costs minutes, not hours; two rounds in a row must find it',
  }),
  endFunctions: z.array(text).default([]).register(fields, {
    description: 'modules with end functions',
    reason: 'the shipped ones need no module',
  }),
  endFunctionEnv: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
    .default([])
    .register(fields, {
      description: 'names of variables that end functions may see, besides PATH, HOME, TZ and LANG',
      reason: 'an end function sees no secret that is not meant for it',
    }),
  functions: functionSettings,
  webhook: shippedFields.webhook.prefault({}),
  summary: shippedFields.summary.prefault({}),
  sms: shippedFields.sms.prefault({}),
  callback: shippedFields.callback.prefault({}),
  sql: shippedFields.sql.prefault({}),
  publish: shippedFields.publish.prefault({}),
  archive: shippedFields.archive.prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .default('info')
        .register(fields, {
          description: 'least level that is logged',
          reason: 'a few lines per call',
        }),
      personalData: z.boolean().default(false).register(fields, {
        description: 'write numbers, names and texts of people too, under `pii`, in log lines and spans',
        reason: 'whoever reads logs needs none of it to find a call',
      }),
    })
    .prefault({}),
  traces: traceFields.prefault({}),
  timers: z.strictObject(timerFields).prefault({}),
});

/** Every setting with its value, before providers are put together. */
export type Settings = z.output<typeof configSchema>;
