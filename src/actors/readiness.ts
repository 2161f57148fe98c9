/**
 * May an end function start, and does it apply at all? Decided from what the call knows, in the fold,
 * so that a replay decides the same.
 */
import type { Json, JsonObject } from '../contract/json.ts';
import type { EndFunctionManifest, Wanted } from '../end-functions/end-function.ts';
import { isBlank, lookUp, type Roots } from '../contract/path.ts';
import type { CallState } from './call-state.ts';
import { callRecord } from './record.ts';

/** Recordings and analyses of other systems take seconds, not minutes. */
export const INPUTS_WAIT_MS = 10_000;

/** Declared inputs that are not there, or are there as a blank (field rule 55). */
export function missingInputs(
  state: CallState,
  manifest: EndFunctionManifest | undefined,
): readonly string[] {
  const inputs = manifest?.inputs ?? [];
  if (inputs.length === 0) return inputs;
  const look = reader(state);
  return inputs.filter((path) => isBlank(look(path)));
}

/** The first path of `onlyIf` that does not hold and that waiting would not change; undefined = it applies. */
export function unmetCondition(
  state: CallState,
  manifest: EndFunctionManifest | undefined,
  awaited: readonly string[] = [],
): string | undefined {
  const wanted = Object.entries(manifest?.onlyIf ?? {});
  if (wanted.length === 0) return undefined;
  const look = reader(state);
  return wanted.find(([path, value]) => !awaited.includes(path) && !holds(look(path), value))?.[0];
}

function holds(value: Json | undefined, wanted: Wanted): boolean {
  if (Array.isArray(wanted)) return wanted.includes(value);
  if (typeof wanted === 'object') return 'present' in wanted && wanted.present !== isBlank(value);
  return value === wanted;
}

/** The record is made once, and only when a path asks for it. */
function reader(state: CallState): (path: string) => Json | undefined {
  let record: JsonObject | undefined;
  const roots: Roots = {
    state: () => state.account.state,
    transcript: () => state.account.transcript,
    functions: () => state.account.functions,
    call: () => (record ??= callRecord(state, state.account.recordVersion + 1)),
  };
  return (path) => lookUp(roots, path);
}
