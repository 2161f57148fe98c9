/** Appending to the streams beside the log: bounded like any attempt, and what each refusal means. */
import type { Cancellation } from '../../carriers/cancellation.ts';
import { runAttempt } from '../../carriers/attempt.ts';
import type { Effect } from '../../contract/effect.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { LogFull, LogUnavailable } from '../../log/log.ts';
import type { Targets, Task } from './task.ts';

/** A task that talks to the log. `act` may throw what the log throws. */
export function publication(
  { timeoutMs }: Effect,
  { clock }: Targets,
  act: (own: Cancellation) => Promise<Outcome>,
): Task {
  return {
    lane: 'publication',
    name: 'all',
    urgent: false,
    requests: 1,
    perform: async (cancellation) => {
      let defect: { readonly error: unknown } | undefined;
      const outcome = await runAttempt(clock, { cancellation, timeoutMs }, async (own) => {
        try {
          return await act(own);
        } catch (error) {
          const known = outcomeOf(error);
          if (known === undefined && !own.isCancelled) defect = { error };
          return known ?? UNKNOWN;
        }
      });
      if (defect !== undefined) throw defect.error;
      return outcome;
    },
  };
}

export function encode(body: JsonObject): Uint8Array {
  return Buffer.from(JSON.stringify(body));
}

const UNKNOWN: Outcome = { result: 'retry', code: 'internal' };

function outcomeOf(error: unknown): Outcome | undefined {
  if (error instanceof LogUnavailable) {
    return { result: 'retry', code: error.code, detail: 'No answer; it may have been stored.' };
  }
  if (error instanceof LogFull) return { result: 'retry', code: error.code, detail: 'The stream is full.' };
  return undefined;
}
