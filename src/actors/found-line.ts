/**
 * A line of ours that its carrier says is up although its call is closed or lost (invariant 34): what was
 * believed of its end was wrong, and it is hung up until its end is proven.
 */
import type { FoundLine } from '../contract/own-events.ts';
import { effectById } from './call-state.ts';
import type { Draft } from './draft.ts';
import { effectId } from './effect-id.ts';
import { requestEffect } from './effect-fold.ts';
import { stateName } from './record.ts';

/** False: the call still runs and ends its own lines, or the line is not ours to end. */
export function endFoundLine(draft: Draft, { leg: key }: FoundLine): boolean {
  const { context } = draft;
  const leg = context.legs[key];
  if (stateName(draft.state) !== 'closed' || leg === undefined || leg.termination === 'not_ours')
    return false;
  const id = effectId(draft.state, 'hang-up-leg', key, context.endAttempt);
  if (effectById(draft.state, id) !== undefined) return false;
  const legs = { ...context.legs, [key]: { ...leg, termination: 'forced_unconfirmed' as const } };
  draft.state.snapshot = {
    ...draft.state.snapshot,
    context: { ...context, legs },
  } as typeof draft.state.snapshot;
  requestEffect(draft, { kind: 'hang-up-leg', name: 'hang-up', subject: key, key, orphan: true });
  return true;
}
