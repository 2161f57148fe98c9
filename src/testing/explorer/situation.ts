/**
 * One point of a search: the call as production code holds it, the log's clock, and what is under way
 * between the owner and the world. Immutable; a move makes the next one.
 */
import type { CallState, World } from '../../actors/call-state.ts';
import { effectById } from '../../actors/call-state.ts';
import { contextOf, stateName } from '../../actors/record.ts';
import type { Effect, EffectKind } from '../../contract/effect.ts';
import type { Message } from '../../contract/message.ts';

/** One attempt of an effect that was sent and not yet answered. */
export interface Attempt {
  readonly effectId: string;
  readonly kind: EffectKind;
  /** What it is about, the same in every sequence: `hang-up-leg carrier`. */
  readonly about: string;
  readonly subject: string;
  readonly number: number;
  /** Its `effect.attempted` is in the log. */
  readonly begun: boolean;
  /** The call does not wait for this answer (any more); a success still counts (log rule 20). */
  readonly stale: boolean;
}

/** A point of the search. */
export interface Situation {
  readonly call: CallState;
  readonly world: World;
  /** The log's clock, ms since the epoch; never before the call's fold time. */
  readonly at: number;
  /** Of the newest message. */
  readonly seq: number;
  readonly attempts: readonly Attempt[];
  /** What the environment has said so far: each may be delivered again. */
  readonly heard: readonly Message[];
  /** Legs that live on after a transfer, in the gateway's word: nobody may end them (invariant 24). */
  readonly spared: readonly string[];
}

/** The attempt that an effect is. */
export function attemptOf({ effectId, kind, payload, attempt }: Effect): Attempt {
  const subject = subjectOf(payload);
  const about = subject === '' ? kind : `${kind} ${subject}`;
  return { effectId, kind, about, subject, number: attempt, begun: false, stale: false };
}

function subjectOf(payload: Effect['payload']): string {
  if ('leg' in payload) return payload.leg;
  if ('function' in payload) return payload.function;
  if ('verb' in payload) return payload.verb;
  return 'deadLetter' in payload ? payload.deadLetter : '';
}

/** Effects that may be asked for again under the same id, so that an old answer still finds them. */
const ASKED_AGAIN: ReadonlySet<EffectKind> = new Set([
  'hang-up-leg',
  'delete-room',
  'ask-leg',
  'run-end-function',
]);

/** After a fold: which answers the call waits for, which came too late to matter, which still may. */
export function sortAttempts(attempts: readonly Attempt[], call: CallState): Attempt[] {
  const sorted: Attempt[] = [];
  for (const attempt of attempts) {
    if (!isHeard(attempt, call)) continue;
    const pending = effectById(call, attempt.effectId);
    const waited =
      pending !== undefined && pending.attempt === attempt.number && pending.phase === 'attempting';
    const twin = waited && sorted.some((one) => isSame(one, attempt) && !one.stale);
    if (waited && !twin) sorted.push(attempt.stale ? { ...attempt, stale: false } : attempt);
    else if (mayMatter(attempt, call) && !sorted.some((one) => one.stale && isSame(one, attempt)))
      sorted.push(attempt.stale ? attempt : { ...attempt, stale: true });
  }
  return sorted;
}

function isSame(one: Attempt, other: Attempt): boolean {
  return one.effectId === other.effectId && one.number === other.number;
}

/** Nobody answers `end-accepted` but while its farewell is awaited: elsewhere the answer changes nothing. */
const UNHEARD: ReadonlySet<string> = new Set(['end-refused', 'end-cancelled', 'clear', 'call-refused']);

function isHeard({ subject, kind }: Attempt, call: CallState): boolean {
  if (kind !== 'command') return true;
  return subject === 'end-accepted' ? stateName(call) === 'farewell-speaking' : !UNHEARD.has(subject);
}

function mayMatter({ effectId, kind, subject }: Attempt, call: CallState): boolean {
  if (!ASKED_AGAIN.has(kind)) return false;
  if (effectById(call, effectId) !== undefined) return true;
  if (kind === 'run-end-function' || stateName(call) === 'closed') return false;
  const leg = contextOf(call).legs[subject];
  return leg !== undefined && leg.termination === undefined;
}
