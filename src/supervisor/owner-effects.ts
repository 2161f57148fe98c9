/**
 * The acting side of one owner's life: effects to the dispatcher, outcomes and firings back to the log.
 * Off until the owner has read its own claim back and caught up; off for good when it is lost (log
 * rule 6). Nothing here changes a call: everything returns through the log.
 */
import type { CallState, World } from '../actors/call-state.ts';
import type { Clock } from '../clock/clock.ts';
import type { Effect } from '../contract/effect.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Settled } from '../contract/settled.ts';
import type { DispatchOwner, EffectDispatcher } from '../dispatcher/port.ts';
import type { Log } from '../log/log.ts';
import type { CallFold } from './call-fold.ts';
import { Emergency } from './emergency.ts';
import { PartitionLost } from './errors.ts';
import { Reconciler } from './reconciler.ts';
import type { Lease } from './lease.ts';
import { LogTime } from './log-time.ts';
import type { OwnerLife } from './own-messages.ts';
import { OwnMessages } from './own-messages.ts';
import { isReceipt, Outcomes } from './outcomes.ts';
import { SharedPings } from './shared-pings.ts';
import type { Firing } from './timer-schedule.ts';
import { TimerSchedule } from './timer-schedule.ts';
import { UnattendedLimiter } from './unattended-limiter.ts';
import { Unconfirmed } from './unconfirmed.ts';

/** Of the TTL: a follower waits this much longer, an owner acts this much shorter (log rules 7, 9). */
export const LEASE_MARGIN = 0.2;

export interface OwnerEffectsOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly fold: CallFold;
  readonly lease: Lease;
  readonly life: OwnerLife;
  readonly leaseTtlMs: number;
  readonly unattendedPerMinute: () => number;
  readonly dispatcher: (owner: DispatchOwner) => EffectDispatcher;
  readonly world: () => World;
  readonly readSeq: () => number;
  readonly onAlarm: (code: string, data: { readonly [field: string]: number }) => void;
  readonly onTimerLag: (lagMs: number) => void;
}

export class OwnerEffects implements DispatchOwner {
  readonly timers: TimerSchedule;
  readonly unconfirmed: Unconfirmed;
  readonly logTime: LogTime;
  readonly messages: OwnMessages;
  readonly dispatcher: EffectDispatcher;
  readonly emergency: Emergency;
  readonly reconciler: Reconciler;
  private readonly options: OwnerEffectsOptions;
  private readonly outcomes: Outcomes;
  private readonly limiter: UnattendedLimiter;
  private readonly pings: SharedPings;
  /** The dispatcher was told not to send, and has forgotten the effect. */
  private silenced = false;
  private phase: 'off' | 'on' | 'lost' = 'off';

  constructor(options: OwnerEffectsOptions) {
    const { log, clock, fold, life, world, readSeq } = options;
    this.options = options;
    this.messages = new OwnMessages(log, life);
    this.logTime = new LogTime(clock);
    this.unconfirmed = new Unconfirmed({ log, clock, readSeq });
    this.outcomes = new Outcomes({ clock, tell: (...told) => this.tell(...told) });
    this.timers = new TimerSchedule({
      clock,
      logTime: this.logTime,
      dueAt: (timer) => fold.dueAt(timer, world()),
      fire: (firing) => this.fire(firing),
    });
    this.limiter = new UnattendedLimiter({
      clock,
      limitPerMinute: options.unattendedPerMinute,
      partitions: log.partitions,
      grant: (callId, effectId) => this.permit(callId, effectId),
      onWaiting: (waiting) => options.onAlarm('unattended_ends_waiting', { waiting }),
    });
    this.emergency = new Emergency({
      fold,
      leaseHolds: () => this.leaseHolds(),
      dispatch: (effect) => this.dispatcher.dispatch(effect),
      settle: (effect, outcome) => this.settle(effect, outcome, true),
    });
    this.pings = new SharedPings({
      dispatch: (effect) => this.dispatcher.dispatch(effect),
      settle: (effect, outcome) => this.settle(effect, outcome, false),
    });
    this.reconciler = new Reconciler({ log, clock, dispatch: (effect) => this.dispatcher.dispatch(effect) });
    this.dispatcher = options.dispatcher(this);
  }

  /** Own messages that were not read back, and outcomes that are not sent yet. */
  get unsettled(): number {
    return this.unconfirmed.size + this.outcomes.size;
  }

  get isOn(): boolean {
    return this.phase === 'on';
  }

  /** Effects on: arms all timers, then dispatches what has no outcome, hangups of all calls first. */
  start(calls: Iterable<CallState>): void {
    this.phase = 'on';
    const all = [...calls];
    for (const state of all) this.timers.sync(state.callId, state.timers);
    this.redispatch(all);
    this.timers.start();
  }

  /** Log rule 32, after a recovery and when a pause ends. */
  redispatch(calls: Iterable<CallState>): void {
    const { paused } = this.options.world();
    const later: Effect[] = [];
    for (const state of calls) {
      for (const effect of this.options.fold.pendingEffects(state, paused)) {
        if (effect.kind === 'hang-up-leg') this.perform(effect);
        else later.push(effect);
      }
    }
    for (const effect of later) this.perform(effect);
  }

  /** Everything was asked for and answered: receipts wait for no more. */
  tellReceipts(): void {
    this.outcomes.flush();
  }

  /** Nothing is asked for any more; what is in flight may settle. */
  stop(): void {
    if (this.phase === 'on') this.phase = 'off';
    this.timers.pause();
    this.limiter.stop();
    this.reconciler.stop();
  }

  /** For good. Idempotent. */
  lose(error: Error): void {
    this.phase = 'lost';
    this.timers.pause();
    this.limiter.stop();
    this.reconciler.stop();
    this.outcomes.drop();
    this.unconfirmed.abandon(error);
    void this.dispatcher.close();
  }

  perform(effect: Effect): void {
    if (effect.kind === 'permit-unattended') this.limiter.ask(effect.effectId, effect.callId);
    else if (!this.pings.join(effect)) this.dispatcher.dispatch(effect);
  }

  withdraw(effectId: string): void {
    this.limiter.withdraw(effectId);
    this.pings.withdraw(effectId);
    this.dispatcher.withdraw(effectId);
  }

  /** Log rule 9; the emergency's own hangups are the exception of log rule 40. */
  mayAct(effect: Effect): boolean {
    if (this.phase !== 'on') return false;
    if (this.leaseHolds() || this.emergency.allows(effect)) return true;
    this.silenced = true;
    return false;
  }

  /** A renewal came through again: what a request check held back is asked for anew. */
  resume(calls: () => Iterable<CallState>): void {
    if (!this.silenced || !this.isOn || !this.leaseHolds()) return;
    this.silenced = false;
    this.redispatch(calls());
  }

  /** The last acknowledged renewal was sent less than TTL minus a margin ago. */
  leaseHolds(): boolean {
    const { clock, lease, leaseTtlMs } = this.options;
    return clock.monotonic() - lease.acknowledgedAt < leaseTtlMs * (1 - LEASE_MARGIN);
  }

  /** Log rule 35. */
  onAttempted({ callId, effectId, attempt }: Effect): Promise<void> {
    if (this.phase === 'lost') {
      return Promise.reject(new PartitionLost(this.options.life.partition, 'another node claimed it'));
    }
    const own = this.messages.ofCall(callId, 'effect.attempted', { effectId, attempt });
    return this.unconfirmed.sendAndWait(own, 'outcome');
  }

  onSettled(effect: Effect, outcome: Outcome): void {
    if (this.reconciler.hear(effect, outcome)) return;
    this.pings.hear(effect, outcome);
    if (!this.emergency.hear(effect, outcome)) this.settle(effect, outcome, false);
  }

  /** `emergency`: done without the log (log rule 40). */
  settle(effect: Effect, outcome: Outcome, emergency: boolean): void {
    if (this.phase === 'lost') return;
    const { callId, effectId, attempt } = effect;
    const settled = { effectId, attempt, outcome, ...(emergency ? { emergency } : {}) };
    if (isReceipt(effect, outcome)) this.outcomes.note(callId, settled);
    else this.outcomes.tell(callId, settled);
  }

  private tell(callId: string, first: Settled, also: readonly Settled[]): void {
    const data = also.length === 0 ? first : { ...first, also };
    this.unconfirmed.send(this.messages.ofCall(callId, 'effect.settled', data), 'outcome');
  }

  /** Log rule 38. */
  quarantine(callId: string, detail: string): void {
    this.unconfirmed.send(this.messages.ofCall(callId, 'call.quarantined', { detail }), 'outcome');
  }

  private fire({ callId, timer, waitedMs, lagMs }: Firing): void {
    this.options.onTimerLag(lagMs);
    const { seq: armedSeq, era: armedEra } = timer.armed;
    const data = { timerId: timer.timerId, armedSeq, armedEra, waitedMs };
    const priority = timer.absence ? 'absence' : 'deadline';
    this.unconfirmed.send(this.messages.ofCall(callId, 'timer.fired', data), priority);
  }

  private permit(callId: string, effectId: string): void {
    this.unconfirmed.send(this.messages.ofCall(callId, 'unattended.permitted', { effectId }), 'outcome');
  }
}
