/** The demo's post-call work, in the real runner: it works, and its CRM is down for one call. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_END_FUNCTIONS } from '../../src/cli/demo/demo.ts';
import { DEMO_SCRIPTS } from '../../src/cli/demo/scripts.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import type { EndFunctions } from '../../src/end-functions/end-function.ts';
import { createEndFunctions } from '../../src/end-functions/end-functions.ts';

let functions: EndFunctions;

beforeAll(async () => {
  functions = await createEndFunctions({
    clock: systemClock,
    modules: [DEMO_END_FUNCTIONS.href],
    folder: fileURLToPath(new URL('.', import.meta.url)),
    environment: process.env,
  });
});
afterAll(() => functions.close());

function run(name: string, state: JsonObject): Promise<Outcome> {
  const transcript = [{ role: 'agent', text: 'Goodbye!' }];
  const input = { call: {}, state, transcript, idempotencyKey: '0123456789abcdef', attempt: 1, missing: [] };
  return functions.run(name, input, { signal: new AbortController().signal });
}

const stateOf = (name: string): JsonObject =>
  DEMO_SCRIPTS.find((script) => script.name === name)?.state ?? {};

describe("the demo's end functions", () => {
  it('summarise a call and give it a disposition', async () => {
    const outcome = await run('demo-summary', { intent: 'reschedule' });
    expect(outcome).toMatchObject({
      result: 'done',
      data: { output: { lines: 1, last: 'Goodbye!' }, disposition: { code: 'reschedule' } },
    });
  });

  it('write to the CRM, which is down for the last call alone', async () => {
    expect(await run('demo-crm', stateOf('happy-path'))).toMatchObject({ result: 'done' });
    expect(await run('demo-crm', stateOf('crm-down'))).toMatchObject({ result: 'retry' });
  });

  it('give up soon: a demo waits for two attempts', () => {
    for (const { retry } of functions.manifests()) expect(retry.maxAttempts).toBe(2);
  });
});
