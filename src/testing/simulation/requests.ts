/**
 * What one node sends, watched as it leaves: whether it may (invariants 6, 11, 12), whether a hangup
 * waited for anything but its provider (invariant 23), and what the log has to imply later (invariant 10).
 */
import type { CallContext } from '../../../machines/call/context.ts';
import type { Effect } from '../../contract/effect.ts';
import { partitionOf } from '../../contract/subjects.ts';
import type { EffectDispatcher } from '../../dispatcher/port.ts';
import type { NodeSupervisor } from '../../supervisor/node-supervisor.ts';
import type { World } from './world.ts';

/** Terminations that say: this leg has ended. */
export const EVIDENCE: ReadonlySet<string> = new Set([
  'confirmed_by_event',
  'confirmed_by_response',
  'confirmed_by_poll',
  'already_ended',
]);
const ENDS_LEGS = new Set(['hang-up-leg', 'delete-room']);

/** Requests without a cause in the log, by their key: the only exceptions of invariant 10. */
export interface Exempt {
  readonly emergency: Set<string>;
}

/** Of one life of a node's process. */
export class RequestWatch {
  private readonly world: World;
  private readonly supervisor: () => NodeSupervisor;
  private readonly exempt: Exempt;
  private readonly provider: { isBusy: () => boolean; isProbed: () => boolean };
  private readonly leaks = new Map<string, number>();
  /** Hangups that wait: effect id → the simulated instant at which they were asked for. */
  private readonly waiting = new Map<string, number>();

  /** `isBusy`: a provider is near its rate. `isProbed`: one failed before, and one request shows whether it still does. */
  constructor(
    world: World,
    supervisor: () => NodeSupervisor,
    exempt: Exempt,
    provider: { isBusy: () => boolean; isProbed: () => boolean },
  ) {
    this.world = world;
    this.provider = provider;
    this.supervisor = supervisor;
    this.exempt = exempt;
  }

  /** The same dispatcher; what it is asked for is noted. */
  around(dispatcher: EffectDispatcher): EffectDispatcher {
    return {
      dispatch: (effect) => {
        const alone = !this.provider.isProbed();
        if (alone && ENDS_LEGS.has(effect.kind)) this.waiting.set(effect.effectId, this.world.timeline.now);
        dispatcher.dispatch(effect);
      },
      withdraw: (effectId) => {
        this.waiting.delete(effectId);
        dispatcher.withdraw(effectId);
      },
      drain: (timeoutMs) => dispatcher.drain(timeoutMs),
      close: () => dispatcher.close(),
      stats: () => dispatcher.stats(),
    };
  }

  /** A request leaves. `epoch` is the claim of the life that sends it. */
  sent(effect: Effect, { epoch, emergency }: { readonly epoch: number; readonly emergency: boolean }): void {
    const seat = this.supervisor().seats[partitionOf(effect.callId, this.world.partitions)];
    if (emergency) this.exempt.emergency.add(effect.idempotencyKey);
    if (ENDS_LEGS.has(effect.kind)) {
      this.judgeDelay(effect);
      if (!emergency) this.judgeNeed(effect, seat?.owner?.table.calls.get(effect.callId)?.snapshot.context);
    }
    this.judgeFence(effect, epoch, emergency);
  }

  /** Without faults nothing holds a hangup back: it leaves in the step in which it is asked for. */
  private judgeDelay({ effectId, callId }: Effect): void {
    const { world, waiting } = this;
    const askedAt = waiting.get(effectId) ?? world.timeline.now;
    waiting.delete(effectId);
    // Its provider's rate may hold it back; nothing else may.
    if (!world.calm || this.provider.isBusy()) return;
    const delayMs = world.timeline.now - askedAt;
    world.hold(23, delayMs === 0, () => `a hangup waited ${delayMs} ms behind other work`, callId);
  }

  private judgeNeed({ payload, callId }: Effect, context: unknown): void {
    if (!('leg' in payload) || context === undefined) return;
    const termination = (context as CallContext).legs[payload.leg]?.termination;
    const known = EVIDENCE.has(termination ?? '');
    this.world.hold(6, !known, () => `leg ${payload.leg} is hung up, ${termination} already`, callId);
  }

  private judgeFence(effect: Effect, epoch: number, emergency: boolean): void {
    const { world } = this;
    const claim = world.newestClaim(partitionOf(effect.callId, world.partitions));
    const fenced = claim > epoch && !emergency;
    world.hold(
      11,
      !fenced || effect.position.seq <= claim,
      () => `${effect.kind} was decided after claim ${claim} by the owner of ${epoch}`,
      effect.callId,
    );
    const key = `${epoch} ${effect.effectId}`;
    const leaked = (this.leaks.get(key) ?? 0) + (fenced ? 1 : 0);
    if (fenced) this.leaks.set(key, leaked);
    world.hold(
      12,
      leaked <= 1,
      () => `${effect.kind} leaked ${leaked} times from the owner of ${epoch}`,
      effect.callId,
    );
  }
}
