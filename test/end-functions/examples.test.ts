/** The examples run as they are published. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { FunctionLog } from '../../src/end-functions/attempt.ts';
import { createEndFunctions } from '../../src/end-functions/end-functions.ts';
import { input } from './fixture.ts';

const signal = new AbortController().signal;
const notes: { key: unknown; note: unknown }[] = [];
let status = 201;

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text: string) => (body += text));
  request.on('end', () => {
    notes.push({ key: request.headers['idempotency-key'], note: JSON.parse(body) });
    response.writeHead(status).end(JSON.stringify({ id: 'N-1' }));
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const logs: FunctionLog[] = [];
const endFunctions = await createEndFunctions({
  clock: systemClock,
  modules: ['minimal.mjs', 'crm.mjs'],
  folder: fileURLToPath(new URL('../../examples/end-functions', import.meta.url)),
  environment: {
    PATH: process.env['PATH'],
    CRM_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  },
  allowedVariables: ['CRM_URL'],
  onLog: (line) => logs.push(line),
});
afterAll(async () => {
  await endFunctions.close();
  server.close();
});

it('the minimal one logs how the call ended', async () => {
  const call = { callId: 'CA1', endedBy: 'agent', endReason: 'agent_end_call' };
  expect(await endFunctions.run('note', { ...input, call }, { signal })).toEqual({ result: 'done' });
  expect(logs).toContainEqual({
    functionName: 'note',
    callId: 'CA1',
    attempt: 1,
    from: 'log',
    message: 'a call ended',
    fields: call,
  });
});

it('the CRM one writes a note under the idempotency key, and names what is missing (field rule 55)', async () => {
  const state = { intent: 'a booking', resolution: 'resolved' };
  const outcome = await endFunctions.run('crm', { ...input, state }, { signal });
  expect(outcome).toEqual({
    result: 'done',
    data: {
      output: { noteId: 'N-1', summary: 'Call about a booking, resolved.', missing: ['topics'] },
      disposition: { code: 'resolved' },
    },
  });
  expect(notes.at(-1)).toMatchObject({ key: 'key-1', note: { callId: 'CA1', lastWords: 'hello' } });
});

it('the CRM one tells a passing refusal from a lasting one', async () => {
  status = 503;
  expect(await endFunctions.run('crm', input, { signal })).toMatchObject({
    result: 'retry',
    code: 'function_threw',
  });
  status = 422;
  expect(await endFunctions.run('crm', input, { signal })).toEqual({
    result: 'fatal',
    code: 'function_terminal',
    detail: 'TerminalError: the CRM answered 422',
  });
});
