/**
 * After the log was found rewound, what it forgot may have ended a call (log rule 30): the line of every
 * open call is asked for at its provider. An end enters the log as the provider's webhook would bring
 * it; that a line lives changes nothing. These questions are the one request without a cause in the log
 * (invariant 10).
 */
import type { CallContext } from '../../machines/call/context.ts';
import type { CallState } from '../actors/call-state.ts';
import type { Clock } from '../clock/clock.ts';
import type { Effect } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';
import { eventSubject, PRINCIPALS } from '../contract/subjects.ts';
import type { Log } from '../log/log.ts';

/** One question, in ms; every request to a provider has this long. */
const ASK_TIMEOUT_MS = 5_000;
/** After a question that was not answered: doubled each time, for about an hour at most. */
const AGAIN_MIN_MS = 500;
const AGAIN_MAX_MS = 60_000;
const ATTEMPTS_MAX = 64;

export interface ReconcilerOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly dispatch: (effect: Effect) => void;
}

export class Reconciler {
  private readonly options: ReconcilerOptions;
  private readonly open = new Set<string>();
  private stopped = false;

  constructor(options: ReconcilerOptions) {
    this.options = options;
  }

  /** Asks for every line that is not known to have ended. Once per life of an owner. */
  begin(calls: Iterable<CallState>): void {
    for (const state of calls) {
      const { legs } = state.snapshot.context as CallContext;
      for (const [leg, { provider, address, termination }] of Object.entries(legs)) {
        if (leg === 'session' || termination !== undefined) continue;
        this.ask(questionOf(state, leg, { leg, provider, address: address as JsonObject }));
      }
    }
  }

  /**
   * Asks for one line: a webhook about it came before its call, and was given up (log rule 23), or its call
   * is only watched. A question that is open is not asked twice.
   */
  askOne(state: CallState, leg: string, cause: 'webhook.missed' | 'call.observed' = 'webhook.missed'): void {
    const { provider, address, termination } = (state.snapshot.context as CallContext).legs[leg] ?? {};
    if (provider === undefined || termination !== undefined) return;
    this.ask(questionOf(state, leg, { leg, provider, address: address as JsonObject }, cause));
  }

  /** Takes the answer to a question of ours; false for every other outcome. */
  hear(effect: Effect, outcome: Outcome): boolean {
    if (!this.open.delete(effect.effectId)) return false;
    if (outcome.result === 'retry') this.again(effect);
    else if (outcome.result === 'done' || outcome.result === 'already-gone') {
      this.tell(effect, outcome).catch(() => this.again(effect));
    }
    return true;
  }

  /** Asks nothing any more. Idempotent. */
  stop(): void {
    this.stopped = true;
    this.open.clear();
  }

  private ask(effect: Effect): void {
    if (this.stopped || this.open.has(effect.effectId)) return;
    this.open.add(effect.effectId);
    this.options.dispatch(effect);
  }

  private again(effect: Effect): void {
    if (effect.attempt >= ATTEMPTS_MAX) return;
    const waitMs = Math.min(AGAIN_MIN_MS * 2 ** (effect.attempt - 1), AGAIN_MAX_MS);
    this.options.clock.after(waitMs, () => this.ask({ ...effect, attempt: effect.attempt + 1 }));
  }

  /** The id is the question's: a repeat is a duplicate of its call. */
  private async tell({ callId, effectId, payload }: Effect, { status }: Outcome): Promise<void> {
    if (this.stopped || !('leg' in payload)) return;
    const { log } = this.options;
    const { leg } = payload;
    const type = leg === 'room' ? 'room.finished' : 'leg.status';
    const data = leg === 'room' ? {} : { leg, status: status ?? 'completed' };
    await log.append('log', {
      subject: eventSubject(log.prefix, PRINCIPALS.ingress, callId, type),
      headers: { 'ce-type': type, 'ce-id': effectId },
      data: new TextEncoder().encode(JSON.stringify(data)),
    });
  }
}

function questionOf(
  state: CallState,
  leg: string,
  payload: Effect['payload'],
  cause = 'log.rewound',
): Effect {
  const { callId, gateway, incarnation, last, foldAt } = state;
  const effectId = `reconcile.${callId}.${incarnation}.${last.era}.${leg}.${cause}`;
  return {
    effectId,
    kind: 'ask-leg',
    callId,
    gateway,
    attempt: 1,
    position: last,
    cause,
    requestedAt: foldAt,
    idempotencyKey: effectId,
    timeoutMs: ASK_TIMEOUT_MS,
    payload,
  };
}
