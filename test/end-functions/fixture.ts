/** What the tests of end functions share: a runner over the fixture functions, and an input for them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import type { FunctionLog } from '../../src/end-functions/attempt.ts';
import type { EndFunctionInput } from '../../src/end-functions/end-function.ts';
import { childEnvironment, createRedactor } from '../../src/end-functions/environment.ts';
import { createRunner, type RunnerLimits } from '../../src/end-functions/runner.ts';

export const functionsFolder = fileURLToPath(new URL('./functions', import.meta.url));
export const behaviours = new URL('./functions/behaviours.mjs', import.meta.url).href;

export const input: EndFunctionInput = {
  call: { callId: 'CA1', legs: { carrier: { termination: 'confirmed_by_event' } } },
  state: { intent: 'booking' },
  transcript: [{ role: 'caller', text: 'hello' }],
  idempotencyKey: 'key-1',
  attempt: 1,
  missing: [],
};

export const planted = {
  TWILIO_AUTH_TOKEN: 'planted-twilio-token',
  LIVEKIT_API_SECRET: 'planted-livekit-secret',
  ONHOOK_WEBHOOK_SECRET: 'planted-webhook-secret',
  ONHOOK_ADMIN_TOKEN: 'planted-admin-token',
  DATABASE_URL: 'planted-database-url',
  CRM_URL: 'http://127.0.0.1:9/planted-crm-token',
};

export interface TestRunner {
  run(
    name: string,
    options?: { timeoutMs?: number; signal?: AbortSignal; module?: string },
  ): Promise<Outcome>;
  readonly logs: FunctionLog[];
  close(): Promise<void>;
}

export function startRunner(
  limits: RunnerLimits = {},
  onLog: (line: FunctionLog) => void = () => undefined,
): TestRunner {
  const allowed = ['CRM_URL'];
  const logs: FunctionLog[] = [];
  const environment = { ...process.env, ...planted };
  const runner = createRunner({
    killGraceMs: 200,
    ...limits,
    clock: systemClock,
    environment: childEnvironment(environment, allowed),
    redact: createRedactor(environment, allowed),
    onLog: (line) => {
      logs.push(line);
      onLog(line);
    },
  });
  return {
    logs,
    run: (name, { timeoutMs = 10_000, signal = new AbortController().signal, module = behaviours } = {}) =>
      runner.run({ module, name, timeoutMs, input }, { signal }),
    close: () => runner.close(),
  };
}

/** Whether the process still runs; one that has ended and waits to be reaped does not. Linux. */
export function isRunning(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];
    return state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
