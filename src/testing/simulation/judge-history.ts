/**
 * One call's history as the log tells it: what caused its hangups, what repeats did, what became of
 * each effect (invariants 2, 3, 6, 13, 14, 19 and 24). Only of calls that the log tells wholly.
 */
import type { Leg } from '../../../machines/call/context.ts';
import { effectById } from '../../actors/call-state.ts';
import { contextOf, stateName } from '../../actors/record.ts';
import type { Effect } from '../../contract/effect.ts';
import type { Message } from '../../contract/message.ts';
import { settledIn } from '../../contract/settled.ts';
import type { Evidence } from './evidence.ts';
import type { Folded, ReplayedCall } from './replay.ts';
import { endOf } from './replay.ts';
import { EVIDENCE } from './requests.ts';
import { textOf } from './text.ts';
import type { World } from './world.ts';

/** Judges every part of it. */
export function judgeHistory({ world }: Evidence, call: ReplayedCall): void {
  judgeHangUps(world, call);
  judgeRepeats(world, call);
  judgeEnds(world, call);
  judgeEffects(world, call);
  judgeSurvivors(world, call);
}

const HANGUP_CAUSES = new Set([
  'end.requested',
  'mark.echoed',
  'playback.cleared',
  'farewell.finished',
  'farewell.failed',
  'caller.left',
  'leg.status',
  'participant.left',
  'room.finished',
  'stream.stopped',
  'call.ended',
  'call.transferred',
  'leg.added',
  'operator.kill-requested',
  'operator.end-requested',
  'unattended.permitted',
  'call.quarantined',
]);

/** Invariants 2 and 6. */
function judgeHangUps(world: World, call: ReplayedCall): void {
  const { callId, folds, state } = call;
  const ids = new Set<string>();
  for (const { message, before, fold } of folds) {
    for (const effect of fold.effects) {
      if (effect.kind !== 'hang-up-leg') continue;
      if (effect.attempt === 1) judgeCause(world, call, effect);
      const { leg } = effect.payload as { leg: string };
      const known: Leg | undefined = before === undefined ? undefined : contextOf(before).legs[leg];
      if (leg === 'carrier') ids.add(effect.effectId);
      const ended = EVIDENCE.has(known?.termination ?? '');
      world.hold(6, !ended, () => `leg ${leg} is hung up after its end, at ${message.seq}`, callId);
    }
  }
  const ends = state === undefined ? 0 : contextOf(state).endAttempt + 1;
  world.hold(6, ids.size <= ends, () => `${ids.size} hangups of one leg in ${ends} ends`, callId);
}

function judgeCause(world: World, call: ReplayedCall, hangup: Effect): void {
  const { callId, messages } = call;
  const { cause, position } = hangup;
  const stored = messages.find(({ seq }) => seq === position.seq);
  // Log rule 22: an event that overtook the start is applied at its place.
  const held = stored?.type === 'call.started';
  const at = held ? messages.find(({ seq, type }) => seq < position.seq && type === cause) : stored;
  const own = cause.startsWith('timer.')
    ? 'timer.fired'
    : cause.startsWith('effect.')
      ? 'effect.settled'
      : cause;
  const stands = at?.type === own;
  world.hold(2, stands, () => `a hangup names ${cause}, which ${position.seq} is not`, callId);
  const allowed = own !== cause || HANGUP_CAUSES.has(cause);
  world.hold(2, allowed, () => `a hangup was caused by ${cause}`, callId);
  if (cause !== 'mark.echoed' || at === undefined) return;
  judgeMark(world, call, at);
}

/** Invariant 3. */
function judgeMark(world: World, { callId, messages, effects, folds }: ReplayedCall, echo: Message): void {
  const after = folds.find(({ message }) => message.seq === echo.seq)?.fold.state;
  const confirmed = after !== undefined && contextOf(after).farewell?.outcome === 'confirmed';
  // A clear that the gateway had sent before what was stored earlier is out of date; it leaves a doubt.
  const overtaken = ({ seq, gateway, sequence = Infinity }: Message): boolean =>
    messages.some(
      (other) => other.gateway === gateway && other.seq < seq && (other.sequence ?? 0) > sequence,
    );
  const issued = effects.some(({ payload, position: { seq } }) => {
    const marks = 'verb' in payload && payload.verb === 'mark' && payload.body['name'] === echo.data['name'];
    const cleared = (message: Message): boolean =>
      message.type === 'playback.cleared' &&
      message.seq > seq &&
      message.seq < echo.seq &&
      (confirmed || !overtaken(message));
    return marks && seq < echo.seq && !messages.some(cleared);
  });
  world.hold(3, issued, () => `mark ${textOf(echo.data['name'])} ended it without being ours`, callId);
}

/** Of one call (log rule 21). */
const IDS_MAX = 256;

/** Invariant 13, by a memory of its own: a repeat changes nothing, nor does what is numbered lower. */
function judgeRepeats(world: World, { callId, folds }: ReplayedCall): void {
  const ids: string[] = [];
  let sequence = -1;
  for (const { message, before, fold } of folds) {
    const { gateway, id, type } = message;
    if (before === undefined || gateway === '_onhook' || gateway !== outside(message, before.gateway))
      continue;
    const name = `${gateway}/${id}`;
    const older = gateway === before.gateway && (message.sequence ?? Infinity) <= sequence;
    if (ids.includes(name) || older) {
      const same = fold.state.snapshot === before.snapshot && fold.state.account === before.account;
      world.hold(13, same, () => `${type} ${id} was applied again`, callId);
    } else if (fold.verdict === 'applied') {
      ids.push(name);
      if (ids.length > IDS_MAX) ids.shift();
      if (gateway === before.gateway) sequence = Math.max(sequence, message.sequence ?? -1);
    }
  }
}

/** The principal if it may speak for the call. */
function outside({ gateway }: Folded['message'], own: string): string {
  return gateway === '_ingress' || gateway === '_operator' ? gateway : own;
}

const ENDINGS = new Set([
  'end.requested',
  'caller.left',
  'call.ended',
  'call.transferred',
  'stream.stopped',
  'operator.end-requested',
  'operator.kill-requested',
  'leg.status',
]);

/** Invariant 14: whatever ended first, it closes, with every function decided. */
function judgeEnds(world: World, call: ReplayedCall): void {
  const { callId, folds, state } = call;
  const endings = folds.filter(
    ({ message, fold }) => ENDINGS.has(message.type) && fold.verdict === 'applied',
  );
  const types = new Set(endings.map(({ message }) => message.type));
  if (types.size < 2 || state === undefined) return;
  for (const [index, { message }] of endings.entries()) {
    const next = endings[index + 1]?.message;
    if (next !== undefined && next.type !== message.type) world.reach(`${message.type} then ${next.type}`);
  }
  const end = endOf(call);
  world.hold(14, end === 'closed', () => `${[...types].join(' against ')} left it ${end}`, callId);
  for (const [name, { status }] of Object.entries(state.account.functions)) {
    const decided = status !== 'waiting' && status !== 'running';
    world.hold(14, decided, () => `${name} is ${status} after ${[...types].join(' against ')}`, callId);
  }
}

/** Invariant 19: requested = settled + withdrawn + pending, orphans and redrives among the pending. */
function judgeEffects(world: World, { callId, folds, state }: ReplayedCall): void {
  const requested = new Set<string>();
  const accounted = new Set((state?.effects ?? []).map(({ request }) => request.effectId));
  for (const { message, before, fold } of folds) {
    for (const { effectId, payload } of fold.effects) {
      // A refusal is told to the gateway once, and belongs to no call.
      if (!('verb' in payload && payload.verb === 'call-refused')) requested.add(effectId);
    }
    for (const effectId of fold.withdrawn) accounted.add(effectId);
    for (const { effectId } of settledIn(message)) {
      const answered = before !== undefined && effectById(before, effectId) !== undefined;
      if (answered && effectById(fold.state, effectId) === undefined) accounted.add(effectId);
    }
  }
  for (const effectId of requested) {
    const known = accounted.has(effectId);
    world.hold(19, known, () => `effect ${effectId} is neither settled, withdrawn nor pending`, callId);
  }
}

/** Invariant 24. */
function judgeSurvivors(world: World, { callId, folds, effects }: ReplayedCall): void {
  const transfer = folds.find(({ message, before, fold }) => {
    const accepted = before !== undefined && fold.verdict === 'applied';
    return message.type === 'call.transferred' && accepted && contextOf(before).hangUpAt === undefined;
  });
  if (transfer?.before === undefined || stateName(transfer.before) === 'closed') return;
  const survivors = transfer.message.data['survivors'] as string[] | undefined;
  for (const { kind, payload, position } of effects) {
    if ((kind !== 'hang-up-leg' && kind !== 'delete-room') || !('leg' in payload)) continue;
    const survives = position.seq >= transfer.message.seq && (survivors?.includes(payload.leg) ?? true);
    world.hold(24, !survives, () => `surviving leg ${payload.leg} was asked to end`, callId);
  }
}
