/** One attempt of an end function. `effect.attempted` was read back before (log rule 35). */
import type { Effect } from '../../contract/effect.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { EndFunctionInput } from '../../end-functions/end-function.ts';
import { badPayload } from './task.ts';
import type { Prepared, Targets } from './task.ts';

/** Outcomes: those of `EndFunctions.run`. */
export function endFunction(effect: Effect, { endFunctions }: Targets): Prepared {
  const { payload, idempotencyKey, attempt, timeoutMs } = effect;
  if (!('function' in payload)) return badPayload(effect);
  const { function: name, version, input } = payload;
  // The fold built the rest of the input; in the log it is plain JSON.
  const given = { ...input, idempotencyKey, attempt } as unknown as EndFunctionInput;
  return {
    lane: 'function',
    name,
    urgent: false,
    requests: 1,
    perform: async ({ signal }) => {
      const outcome = await endFunctions.run(name, given, { timeoutMs, signal });
      const present = endFunctions.manifests().find((manifest) => manifest.name === name)?.version;
      return present === undefined || present === version ? outcome : ranAs(present, outcome);
    },
  };
}

/** The pinned version is gone and the present code ran under its key: the record shows both (log rule 11). */
function ranAs(ranVersion: string, outcome: Outcome): Outcome {
  return outcome.result === 'done' ? { ...outcome, data: { ...outcome.data, ranVersion } } : outcome;
}
