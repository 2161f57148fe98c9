/**
 * Pings per gateway instance (log rule 16): while one call's ping is on its way, those of other calls of
 * that instance wait for its answer. An answer answers for all; silence, or nobody there, only for the
 * call that was asked: the others are asked each by itself, since a call may have moved or been dropped.
 */
import type { Effect } from '../contract/effect.ts';
import type { Outcome } from '../contract/outcome.ts';

interface Round {
  readonly leader: string;
  readonly waiting: Map<string, Effect>;
}

export interface SharedPingsOptions {
  readonly dispatch: (effect: Effect) => void;
  readonly settle: (effect: Effect, outcome: Outcome) => void;
}

export class SharedPings {
  private readonly options: SharedPingsOptions;
  /** By gateway and instance. */
  private readonly rounds = new Map<string, Round>();

  constructor(options: SharedPingsOptions) {
    this.options = options;
  }

  /** True: it waits for another's answer and is not to be dispatched now. */
  join(effect: Effect): boolean {
    const key = keyOf(effect);
    if (key === undefined) return false;
    const round = this.rounds.get(key);
    if (round === undefined) this.rounds.set(key, { leader: effect.effectId, waiting: new Map() });
    if (round === undefined || round.leader === effect.effectId) return false;
    round.waiting.set(effect.effectId, effect);
    return true;
  }

  /** What came of any effect. */
  hear(effect: Effect, outcome: Outcome): void {
    const key = keyOf(effect);
    const round = key === undefined ? undefined : this.rounds.get(key);
    if (key === undefined || round?.leader !== effect.effectId) return;
    this.rounds.delete(key);
    for (const waiting of round.waiting.values()) {
      if (outcome.result === 'done') this.options.settle(waiting, outcome);
      else this.options.dispatch(waiting);
    }
  }

  /** Nobody waits for it any more; those that waited for its answer are asked themselves. */
  withdraw(effectId: string): void {
    for (const [key, round] of this.rounds) {
      if (round.waiting.delete(effectId)) return;
      if (round.leader !== effectId) continue;
      this.rounds.delete(key);
      for (const waiting of round.waiting.values()) this.options.dispatch(waiting);
      return;
    }
  }
}

function keyOf({ payload, gateway }: Effect): string | undefined {
  const instance = 'verb' in payload && payload.verb === 'ping' ? payload.instance : undefined;
  return instance === undefined ? undefined : `${gateway}/${instance}`;
}
