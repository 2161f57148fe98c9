/** Every shipped function has one minimal and one real example in its chapter, and they run. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { EndFunctionInput } from '../../../src/end-functions/end-function.ts';
import { input } from '../fixture.ts';
import { documented, examplesOf, openExample } from './documented.ts';
import type { ExampleOptions } from './documented.ts';
import { signal, stage } from './receiver.ts';
import type { Answer, Received, Stage } from './receiver.ts';
import { isSigned } from './signature-v4.ts';

let on: Stage;
let folder: string;
beforeEach(async () => {
  on = stage();
  folder = await mkdtemp(join(tmpdir(), 'onhook-examples-'));
});
afterEach(async () => {
  await on.close();
  await rm(folder, { recursive: true });
});

const given: EndFunctionInput = {
  ...input,
  call: {
    callId: 'CA1',
    from: '+15550100',
    startedAt: Date.UTC(2026, 10, 20, 10),
    endReason: 'agent_end_call',
    endFunctions: [{ name: 'summary', status: 'succeeded', output: { intent: 'booking' } }],
  },
};

/** What the example does with the call; which example: 0 minimal, 1 real. */
async function run(
  name: string,
  which: 0 | 1,
  options: ExampleOptions,
  call: EndFunctionInput = given,
): Promise<unknown> {
  const functions = on.own(await openExample(examplesOf(name)[which] ?? '', options));
  return functions.run(name, call, { signal });
}

const formOf = (got: Received | undefined): JsonObject => Object.fromEntries(new URLSearchParams(got?.body));

it('there are two for each', () => {
  const names = ['webhook', 'summary', 'sms', 'callback', 'sql', 'publish', 'archive'];
  expect(documented).toEqual(names);
  for (const name of names) expect([name, examplesOf(name).length]).toEqual([name, 2]);
});

const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;

it('webhook: posted with a signature that its receiver verifies', async () => {
  const { url, received } = await on.receive();
  const places = { 'https://example.com/hooks/calls': `${url}/hooks/calls`, 'whsec_…': SECRET };
  expect(await run('webhook', 0, { places })).toMatchObject({ result: 'done' });
  const [got] = received;
  expect(got?.path).toBe('/hooks/calls');
  const told = new Webhook(SECRET).verify(got?.body ?? '', got?.headers as Record<string, string>);
  expect(told).toMatchObject({ type: 'onhook.call.ended.v1', data: { callId: 'CA1' } });
});

it('webhook: to the URL of the call where it is allowed, else to ours', async () => {
  const { url, received } = await on.receive();
  const places = { 'https://example.com/hooks/calls': url, 'whsec_…': SECRET };
  expect(await run('webhook', 1, { places })).toMatchObject({ result: 'done' });
  const state = { webhookUrl: 'https://elsewhere.example/' };
  expect(await run('webhook', 1, { places }, { ...given, state })).toMatchObject({ code: 'url_refused' });
  expect(received).toHaveLength(1);
});

const completion = (answer: object): Answer => ({
  body: JSON.stringify({ choices: [{ message: { content: JSON.stringify(answer) } }] }),
});

it('summary: JSON by our schema', async () => {
  const disposition = { code: 'booked', detail: null };
  const answer = { summary: 's', intent: 'booking', resolution: null, nextSteps: [], disposition };
  const { url, received } = await on.receive(completion(answer));
  const places = { 'https://api.openai.com/v1': `${url}/v1`, 'sk-…': 'sk-planted' };
  expect(await run('summary', 0, { places })).toEqual({
    result: 'done',
    data: { output: answer, disposition: { code: 'booked' } },
  });
  expect(received[0]?.headers.authorization).toBe('Bearer sk-planted');
});

it('summary: by a schema of your own, in German', async () => {
  const schema = join(folder, 'summary.schema.json');
  const properties = { disposition: { enum: ['sold', 'callback'] }, note: { type: 'string' } };
  await writeFile(schema, JSON.stringify({ type: 'object', properties, required: ['disposition'] }));
  const { url, received } = await on.receive(completion({ disposition: 'sold', note: 'gut' }));
  const places = { 'http://vllm:8000/v1': `${url}/v1`, '/etc/onhook/summary.schema.json': schema };
  expect(await run('summary', 1, { places })).toMatchObject({ data: { disposition: { code: 'sold' } } });
  expect(received[0]?.body).toContain('Answer in German.');
});

/** Twilio on loopback, and the accounts that the examples name. */
async function twilio() {
  const { url, received } = await on.receive({ status: 201, body: '{"sid":"SM1","status":"queued"}' });
  const accounts = ['AC1', 'AC0456'].map((accountSid) => ({ accountSid, authToken: 'token' }));
  return { beside: { twilio: { baseUrl: url, accounts } }, received };
}

it('sms: to who called, or through a service of a subaccount', async () => {
  const { beside, received } = await twilio();
  expect(await run('sms', 0, { beside })).toMatchObject({ result: 'done' });
  const state = { mobile: '+15550177', name: 'Ann', slot: '8 pm' };
  expect(await run('sms', 1, { beside }, { ...given, state })).toMatchObject({ result: 'done' });
  expect(received.map(({ path }) => path)).toEqual(
    ['AC1', 'AC0456'].map((account) => `/2010-04-01/Accounts/${account}/Messages.json`),
  );
  expect(received.map(formOf)).toEqual([
    { To: '+15550100', From: '+15550100', Body: 'Thank you for your call.' },
    { To: '+15550177', MessagingServiceSid: 'MG0123', Body: 'Dear Ann, your table is booked for 8 pm.' },
  ]);
});

it('callback: asks for its instant, and then sends', async () => {
  const { beside, received } = await twilio();
  const at = Date.now() + 3_600_000;
  const call = { ...given, state: { callbackAt: new Date(at).toISOString() } };
  expect(await run('callback', 0, { beside }, call)).toMatchObject({ data: { runAgainAt: at } });
  expect(received).toEqual([]);
  const summary = parse(examplesOf('summary')[0] ?? '') as object;
  const due = { ...call, scheduledFor: at };
  const options = { beside: { ...beside, ...summary } };
  expect(await run('callback', 1, options, due)).toMatchObject({ result: 'done' });
  expect(formOf(received[0])).toMatchObject({ To: '+15550142', Body: 'Call +15550100 back: booking' });
});

it('publish: on a subject, or on one by the outcome', async () => {
  const published: string[] = [];
  const publisher = {
    publish: ({ subject, messageId }: { subject: string; messageId: string }) => {
      published.push(`${subject} ${messageId}`);
      return Promise.resolve({ result: 'done' as const });
    },
  };
  await run('publish', 0, { publisher });
  const summary = parse(examplesOf('summary')[0] ?? '') as object;
  await run('publish', 1, { publisher, beside: summary });
  expect(published).toEqual(['calls.ended key-1', 'calls.ended.agent_end_call key-1']);
});

it('archive: a file in a folder, or an object in a store that checks the signature', async () => {
  const places = { '/var/lib/onhook/archive': folder };
  expect(await run('archive', 0, { places })).toMatchObject({ result: 'done' });
  const file = JSON.parse(await readFile(join(folder, '2026/11/20/CA1.json'), 'utf8')) as JsonObject;
  expect(file['record']).toMatchObject({ callId: 'CA1' });

  const { url, received } = await on.receive((got) => ({ status: isSigned(got, 'planted') ? 200 : 403 }));
  const store = {
    'https://s3.eu-central-1.amazonaws.com': url,
    'AKIA…': 'AKIAEXAMPLE',
    's3SecretAccessKey: …': 's3SecretAccessKey: planted',
  };
  const beside = {
    ...(parse(examplesOf('summary')[0] ?? '') as object),
    ...(parse(examplesOf('sql')[0] ?? '') as object),
  };
  expect(await run('archive', 1, { places: store, beside })).toMatchObject({ result: 'done' });
  expect(received[0]?.path).toBe('/calls/production/2026/11/20/CA1.json');
});
