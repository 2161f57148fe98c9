/**
 * The call actor as the owner uses it: pure functions. An argument, so that the owner can be proven
 * against folds that throw (log rule 38).
 */
import * as actor from '../actors/call-actor.ts';

export type CallFold = Pick<
  typeof actor,
  'startCall' | 'foldCall' | 'pendingEffects' | 'dueAt' | 'isDone' | 'toEntry' | 'fromEntry'
> &
  Partial<Pick<typeof actor, 'reviveCall'>>;

/** The real one. */
export const callFold: CallFold = actor;
