/** Simulated end functions: they succeed, fail, hang, or take their process with them. */
import { Cancellation } from '../../carriers/cancellation.ts';
import { runAttempt } from '../../carriers/attempt.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { EndFunctionManifest, EndFunctions } from '../../end-functions/end-function.ts';
import type { SimProcess } from './process.ts';
import { textOf } from './text.ts';
import type { World } from './world.ts';

const RETRY = { maxAttempts: 3, initialMs: 500, maxMs: 4_000, factor: 2 };

/** What every call runs: one after another, and one that ends its process now and then. */
export const MANIFESTS: readonly EndFunctionManifest[] = [
  { name: 'notes', version: '1', timeoutMs: 5_000, retry: RETRY, after: [], module: 'sim:notes' },
  { name: 'bill', version: '2', timeoutMs: 5_000, retry: RETRY, after: ['notes'], module: 'sim:bill' },
  { name: 'poison', version: '1', timeoutMs: 5_000, retry: RETRY, after: [], module: 'sim:poison' },
];

/** A run, as the function saw it. */
export interface FunctionRun {
  readonly callId: string;
  readonly name: string;
  readonly key: string;
  readonly attempt: number;
  /** Last sequence of the log when it began. */
  readonly logSeq: number;
}

/** The functions as one process runs them. `crash` ends that process. */
export function functionsFor(
  world: World,
  process: SimProcess,
  runs: FunctionRun[],
  crash: () => void,
): EndFunctions {
  const { random } = world;
  const act = (name: string): Promise<Outcome> =>
    new Promise((resolve) => {
      const answer = (outcome: Outcome): void =>
        void process.task(random.between(20, 800), () => resolve(outcome));
      if (!world.faulty) return answer({ result: 'done' });
      if (name === 'poison' && random.chance(0.1)) {
        world.fault('end function ends its process');
        world.reach('poison end function');
        return void process.task(1, crash);
      }
      const dice = random.next();
      if (dice < 0.1) return world.fault('end function hangs');
      if (dice < 0.25) return answer({ result: 'retry', code: 'function_threw' });
      if (dice < 0.28) return answer({ result: 'fatal', code: 'function_refused' });
      answer({ result: 'done', data: { output: { name } } });
    });
  return {
    manifests: () => MANIFESTS,
    run: (name, input, { timeoutMs = 5_000, signal }) => {
      const call = input.call;
      runs.push({
        callId: textOf(call['callId']),
        name,
        key: input.idempotencyKey,
        attempt: input.attempt,
        logSeq: world.server.streams.log.lastSeq,
      });
      const callId = textOf(call['callId']);
      for (const [leg, facts] of Object.entries(call['legs'] as JsonObject)) {
        const decided = (facts as JsonObject)['termination'] !== undefined;
        world.hold(7, decided, () => `${name} runs while leg ${leg} is undecided`, callId);
      }
      const cancellation = new Cancellation();
      signal.addEventListener('abort', () => cancellation.cancel(), { once: true });
      return runAttempt(process.clock, { timeoutMs, cancellation }, () => act(name));
    },
    close: () => Promise.resolve(),
  };
}
