/** Where the paths of a configuration begin, in the input of one attempt. */
import type { Json, JsonObject } from '../contract/json.ts';
import type { Roots } from '../contract/path.ts';
import type { EndFunctionInput } from './end-function.ts';

/** `call`, `state`, `transcript`, `functions`, `idempotencyKey`. Pure. */
export function rootsOf({ call, state, transcript, idempotencyKey }: EndFunctionInput): Roots {
  return {
    call: () => call,
    state: () => state,
    transcript: () => transcript,
    idempotencyKey: () => idempotencyKey,
    functions: () => byName(call['endFunctions']),
  };
}

function byName(ledgers: Json | undefined): JsonObject {
  const list = Array.isArray(ledgers) ? (ledgers as JsonObject[]) : [];
  return Object.fromEntries(list.map((ledger) => [ledger['name'] as string, ledger]));
}
