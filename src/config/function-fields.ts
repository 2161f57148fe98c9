/** Settings of the shipped end functions, and what the configuration puts over any function. */
import { z } from 'zod';
import { fields, optional, secret } from './field.ts';

const text = z.string().min(1);
const httpUrl = z.url({ protocol: /^https?$/ });
/** As in the definition of an end function. */
const path = z.string().regex(/^(transcript|(state|call|functions)(\.[A-Za-z0-9_-]{1,64}){1,8})$/);
const column = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/);

const message = {
  from: optional(text, 'the sending number, or a messaging service (`MG…`)'),
  to: optional(text, 'to whom; `{call.from}` is the number that called'),
  body: optional(text, 'the text, with `{path}` where a value of the call belongs'),
  accountSid: optional(text, 'which Twilio account sends it', { reason: 'the first one' }),
};

/** Each is on when it is configured. */
export const shippedFields = {
  webhook: z.strictObject({
    url: optional(httpUrl, 'where the shipped end function posts the record, signed'),
    secret: secret('signing secret of that webhook (Standard Webhooks)'),
    urlFrom: optional(path, 'path of a URL that comes with the call and is used in its place, guarded'),
    allowedHosts: z.array(text).default([]).register(fields, {
      description: 'hosts that such a URL may name, `*.example.com` for those below',
      reason: 'a URL of a call is foreign: none until you name them',
    }),
  }),
  summary: z.strictObject({
    url: optional(httpUrl, 'base of an OpenAI-compatible API; `/chat/completions` is added'),
    model: optional(text, 'name of the model'),
    apiKey: secret('key of that API; a server of your own may need none'),
    dispositions: z.array(text).default([]).register(fields, {
      description: 'codes that the disposition may have',
      reason: 'any short word of the model',
    }),
    instructions: optional(text, 'appended to the instructions for the model'),
    schemaFile: optional(text, 'JSON Schema of the answer, in place of ours'),
  }),
  sms: z.strictObject(message),
  callback: z.strictObject({
    at: optional(path, 'path of the instant that was agreed on (ISO 8601 or ms); absent in a call = skipped'),
    ...message,
  }),
  sql: z.strictObject({
    url: secret('PostgreSQL: `postgres://user:password@host:5432/database`'),
    table: optional(z.string().regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?$/), '`table` or `schema.table`', {
      reason: '`onhook_calls`',
    }),
    columns: optional(z.record(column, path), 'column → path of its value', {
      reason: 'the table of end-functions.md',
      fileOnly: true,
    }),
  }),
  publish: z.strictObject({
    subject: optional(text, 'NATS subject of the record; `{path}` must be one token'),
    acknowledged: z.boolean().default(true).register(fields, {
      description: 'wait until a stream has stored it',
      reason: 'what nobody stores can be lost',
    }),
  }),
  archive: z.strictObject({
    folder: optional(text, 'folder for one JSON file per call'),
    prefix: optional(text, 'first folders of the name'),
    s3Endpoint: optional(httpUrl, 'S3-compatible store, in place of a folder'),
    s3Bucket: optional(text, 'its bucket'),
    s3Region: optional(text, 'its region', { reason: '`us-east-1`, what most other stores expect' }),
    s3AccessKeyId: optional(text, 'access key'),
    s3SecretAccessKey: secret('secret of that key'),
  }),
};

const value = z.union([z.string(), z.number(), z.boolean()]);
const ms = z.int().min(0).max(86_400_000);

const settings = z.strictObject({
  environment: z.enum(['live', 'sandbox']).exactOptional(),
  after: z.array(text).exactOptional(),
  inputs: z.array(path).exactOptional(),
  inputsWaitMs: ms.exactOptional(),
  onlyIf: z
    .record(path, z.union([value, z.array(value).min(1), z.strictObject({ present: z.boolean() })]))
    .exactOptional(),
  timeoutMs: ms.min(1).exactOptional(),
  retry: z
    .strictObject({
      maxAttempts: z.int().min(1).max(100).exactOptional(),
      initialMs: ms.min(1).exactOptional(),
      maxMs: ms.min(1).exactOptional(),
      factor: z.number().min(1).max(10).exactOptional(),
    })
    .exactOptional(),
});

/** Name of an end function → what is put over its own words. */
export const functionSettings = z.record(text, settings).default({}).register(fields, {
  description:
    'by name: `environment` (`sandbox` shows what it would send), `after`, `inputs`, `inputsWaitMs`, `onlyIf`, `timeoutMs`, `retry`',
  reason: "the function's own words",
  fileOnly: true,
});
