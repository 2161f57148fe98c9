/** What end functions say, in the log: who and where to always, the words only where they are wanted (invariant 22). */
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { logFunction } from '../../src/cli/serve/function-log.ts';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { FunctionLog } from '../../src/end-functions/attempt.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

async function logged(line: FunctionLog, personalData: boolean): Promise<string> {
  const output = new PassThrough();
  const clock = new ManualClock();
  logFunction(await createLogger({ level: 'info', clock, secrets: [], personalData, output }), line);
  return String(output.read() ?? '');
}

const said = { functionName: 'crm', callId: 'CA1', attempt: 2 };
const shown: FunctionLog = {
  ...said,
  from: 'sandbox',
  message: 'not sent',
  fields: { method: 'POST', url: 'https://crm.example/notes?for=Ann', body: 'Ann called' },
};

it('a request of the sandbox is told by its method and host, without what it would have told', async () => {
  const text = await logged(shown, false);
  expect(JSON.parse(text)).toMatchObject({
    function: 'crm',
    callId: 'CA1',
    attempt: 2,
    method: 'POST',
    host: 'crm.example',
  });
  expect(text).not.toContain('Ann');
  expect(await logged(shown, true)).toContain('Ann called');
});

it('what has no address, and what a function says, is told by the function and its call', async () => {
  const published = { ...shown, fields: { subject: 'calls.ended', to: 'a file' } };
  const words: FunctionLog = { ...said, from: 'log', message: 'Ann called' };
  for (const line of [published, words]) {
    const told = JSON.parse(await logged(line, false)) as object;
    expect(Object.keys(told).toSorted()).toEqual(['attempt', 'callId', 'function', 'level', 'msg', 'time']);
  }
});
