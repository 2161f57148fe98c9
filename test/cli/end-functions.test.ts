/** `onhook end-functions test`: a recorded call, functions that would send, and nothing that leaves. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { saveHistory } from '../../src/cli/replay/history.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { StoredMessage } from '../../src/log/log.ts';
import { stage } from '../end-functions/shipped/receiver.ts';
import type { Stage } from '../end-functions/shipped/receiver.ts';
import { startCli } from './run-cli.ts';

const SENDS = join(import.meta.dirname, '../end-functions/functions/sends.mjs');
const ORDERED = join(import.meta.dirname, '../end-functions/functions/ordered.mjs');
let folder: string;
let on: Stage;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onhook-try-'));
  on = stage();
});
afterEach(async () => {
  await on.close();
  await rm(folder, { recursive: true });
});

const AT = Date.UTC(2026, 10, 20, 10);

async function recorded(...events: [type: string, data: JsonObject][]): Promise<string> {
  const messages = events.map(([type, data], index): StoredMessage => ({
    subject: `onhook.v1.evt.gw1.CA1.${type}`,
    seq: index + 1,
    timestampMs: AT + index,
    headers: new Map(),
    data: new TextEncoder().encode(JSON.stringify(data)),
  }));
  const file = join(folder, 'CA1.ndjson');
  await saveHistory(file, { prefix: 'onhook.v1', partitions: 1, callId: 'CA1', messages });
  return file;
}

async function run(args: readonly string[]) {
  const cli = startCli(['end-functions', 'test', ...args]);
  return { code: await cli.ended, stdout: cli.stdout(), stderr: cli.stderr() };
}

it('runs a module on a saved call, shows its requests, and sends none', async () => {
  const { url, received } = await on.receive();
  const legs = { carrier: { callSid: 'CA1' } };
  const file = await recorded(
    ['call.started', { provider: 'twilio', legs, state: { url: `${url}/crm` } }],
    ['caller.left', {}],
  );
  const { code, stdout } = await run([SENDS, '--file', file, '--function', 'by-fetch', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    function: 'by-fetch',
    outcome: { result: 'done' },
    said: [{ from: 'sandbox', fields: { method: 'POST', url: `${url}/crm`, body: '{"from":"fetch"}' } }],
  });
  expect(received).toEqual([]);
});

it('fails when a function fails, and says what it would not do', async () => {
  const legs = { carrier: { callSid: 'CA1' } };
  const file = await recorded(['call.started', { provider: 'twilio', legs, state: { url: 'no url' } }]);
  const failed = await run([SENDS, '--file', file, '--function', 'by-fetch']);
  expect([failed.code, failed.stdout]).toEqual([
    1,
    expect.stringMatching(/^by-fetch 1: retry function_threw/),
  ]);
  const unknown = await run([SENDS, '--file', file, '--function', 'nobody']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringMatching(/by-fetch, by-node, by-socket/)]);
});

it('runs on a golden log, in the order that the functions declare, with what the earlier ones returned', async () => {
  const golden = join(import.meta.dirname, '../golden/calls/farewell-spoken.ndjson');
  const { code, stdout } = await run([ORDERED, '--call', golden]);
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n')).toEqual([
    'finds 1: done',
    '  returned {"output":{"reason":"agent_end_call"},"disposition":{"code":"found"}}',
    'never 1: skipped, only_if call.disposition.code',
    'tells 1: done',
    '  returned {"output":{"missing":[],"found":"agent_end_call"}}',
  ]);
});

it('is told apart from an id that the log would have to know, and from a file that is no history', async () => {
  const file = join(folder, 'notes.txt');
  await writeFile(file, 'call notes\n');
  const wrong = await run([ORDERED, '--call', file]);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/notes\.txt is no saved history/)]);
});
