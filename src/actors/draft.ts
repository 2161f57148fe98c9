/**
 * A fold in progress: the next state while its parts are still being decided, and what it yields. Lives
 * for one message. Only its own copy of the state is written to, part by part; the parts themselves
 * are replaced and never changed, so that the state that comes out shares all that stayed.
 */
import type { CallContext } from '../../machines/call/context.ts';
import type { CallEvent } from '../../machines/call/events.ts';
import type { Effect } from '../contract/effect.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Message, Position } from '../contract/message.ts';
import type { Account, Change } from './account.ts';
import type { ArmedTimer, CallState, Fold, Note, PendingEffect, Verdict, World } from './call-state.ts';
import { timerById } from './call-state.ts';

type Writable<T> = { -readonly [Part in keyof T]: T[Part] };

export class Draft {
  readonly state: Writable<CallState>;
  readonly world: World;
  readonly position: Position;
  /** What caused this fold, in the record's words: a type, or `timer.<name>`. */
  cause: string;
  readonly effects: Effect[] = [];
  readonly withdrawn: string[] = [];
  readonly notes: Note[] = [];
  /** What the chart hears once the present step is through. */
  readonly later: CallEvent[] = [];
  private ownsAccount = false;

  constructor(state: CallState, message: Message, world: World) {
    const foldAt = Math.max(state.foldAt, message.at);
    this.position = { era: world.era, seq: message.seq };
    this.state = {
      callId: state.callId,
      gateway: state.gateway,
      incarnation: state.incarnation,
      era: state.era,
      foldAt,
      last: this.position,
      config: state.config,
      snapshot: state.snapshot,
      timers: state.timers,
      effects: state.effects,
      account: state.account,
      ids: state.ids,
    };
    if (state.sequence !== undefined) this.state.sequence = state.sequence;
    if (state.sequenceGap !== undefined) this.state.sequenceGap = state.sequenceGap;
    this.world = world;
    this.cause = message.type;
  }

  get at(): number {
    return this.state.foldAt;
  }

  get context(): CallContext {
    return this.state.snapshot.context as CallContext;
  }

  /** `undefined`: nothing changes. One copy is made for all changes of this fold. */
  account(changeOf: (account: Account) => Change | undefined): void {
    const change = changeOf(this.state.account);
    if (change === undefined) return;
    // One literal of both would cost three times as much (V8 of Node 20).
    const own = this.ownsAccount ? this.state.account : { ...this.state.account };
    this.state.account = Object.assign(own, change);
    this.ownsAccount = true;
  }

  arm(timerId: string, durationMs: number, absence: boolean): void {
    const timer: ArmedTimer = { timerId, armed: this.position, armedAt: this.at, durationMs, absence };
    this.state.timers = placed(this.state.timers, timer, (armed) => armed.timerId === timerId);
  }

  disarm(timerId: string): void {
    if (timerById(this.state, timerId) === undefined) return;
    this.state.timers = this.state.timers.filter((timer) => timer.timerId !== timerId);
  }

  keep(pending: PendingEffect): void {
    const { effectId } = pending.request;
    this.state.effects = placed(this.state.effects, pending, ({ request }) => request.effectId === effectId);
  }

  /** It is over, and what this fold itself asked of it is not done: another outcome told here ended it. */
  forget(effectId: string): void {
    this.state.effects = this.state.effects.filter(({ request }) => request.effectId !== effectId);
    this.disarm(effectTimer(effectId));
    const asked = this.effects.findIndex((effect) => effect.effectId === effectId);
    if (asked >= 0) this.effects.splice(asked, 1);
  }

  /** Nobody wants it any more (log rule 32). */
  withdraw(effectId: string): void {
    this.forget(effectId);
    this.withdrawn.push(effectId);
  }

  note(type: Note['type'], data: JsonObject): void {
    this.notes.push({ type, data });
  }

  done(verdict: Verdict): Fold {
    const { state, effects, withdrawn, notes } = this;
    return { state, verdict, effects, withdrawn, notes };
  }
}

/** In the place of what it replaces, or last. Just as long as it must be: `[...list, item]` has room for 16 more. */
function placed<T>(list: readonly T[], item: T, isReplaced: (other: T) => boolean): T[] {
  const index = list.findIndex(isReplaced);
  return index < 0 ? list.toSpliced(list.length, 0, item) : list.with(index, item);
}

const EFFECT_TIMER = 'effect.';

/** Timer of an effect's wait between attempts. */
export function effectTimer(effectId: string): string {
  return EFFECT_TIMER + effectId;
}

/** The effect a timer belongs to, or undefined for a timer of the call's own chart. */
export function effectOfTimer(timerId: string): string | undefined {
  return timerId.startsWith(EFFECT_TIMER) ? timerId.slice(EFFECT_TIMER.length) : undefined;
}
