/** One attempt of an end function. `effect.attempted` was read back before (log rule 35). */
import type { Effect } from '../../contract/effect.ts';
import type { EndFunctionInput } from '../../end-functions/end-function.ts';
import { badPayload } from './task.ts';
import type { Prepared, Targets } from './task.ts';

/** Outcomes: those of `EndFunctions.run`. */
export function endFunction(effect: Effect, { endFunctions }: Targets): Prepared {
  const { payload, idempotencyKey, attempt, timeoutMs } = effect;
  if (!('function' in payload)) return badPayload(effect);
  const { function: name, input } = payload;
  // The fold built the rest of the input; in the log it is plain JSON.
  const given = { ...input, idempotencyKey, attempt } as unknown as EndFunctionInput;
  return {
    lane: 'function',
    name,
    urgent: false,
    requests: 1,
    perform: (signal) => endFunctions.run(name, given, { timeoutMs, signal }),
  };
}
