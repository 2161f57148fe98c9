/**
 * Every fold of every owner, judged as it happens: also that of an owner that was cut off, catches up,
 * or stands on a log that was rewound. Replaying the log afterwards would show none of these.
 */
import { INVARIANTS } from '../../../machines/call/invariants.ts';
import type { CallState, Fold } from '../../actors/call-state.ts';
import { stateName } from '../../actors/record.ts';
import type { Message } from '../../contract/message.ts';
import type { CallFold } from '../../supervisor/call-fold.ts';
import type { World } from './world.ts';

/** The contract's bounds of one call (invariant 21). */
const IDS_MAX = 256;
const CAUSES_MAX = 64;
const STATE_MAX_BYTES = 65_536;
/** No chart arms or asks for as many at once; a leak passes it soon. */
const PENDING_MAX = 40;

/** The same fold, with each step held to the invariants of a step. */
export function judgedFold(world: World, fold: CallFold): CallFold {
  return {
    ...fold,
    startCall: (message, facts) => {
      const started = fold.startCall(message, facts);
      if ('state' in started) judgeOwner(world, message, started);
      return started;
    },
    foldCall: (state, message, facts) => {
      const made = fold.foldCall(state, message, facts);
      judge(world, state, message, made);
      return made;
    },
  };
}

function judge(world: World, before: CallState, message: Message, fold: Fold): void {
  const { callId } = before;
  const { verdict, state: after, effects } = fold;
  const step = { before, message, verdict, after, effects };
  for (const { number, name, holds } of INVARIANTS) {
    world.hold(number, holds(step), () => `${name}, at ${message.type} in ${stateName(before)}`, callId);
  }
  judgeOwner(world, message, fold);
  world.hold(16, after.incarnation === before.incarnation, () => 'another start changed it', callId);
  const foreign = !message.gateway.startsWith('_') && message.gateway !== before.gateway;
  if (foreign) world.hold(20, after === before, () => `${message.gateway} changed it`, callId);
  if (after !== before) judgeBounds(world, message, after);
}

/** Invariant 18. */
function judgeOwner(world: World, { callId }: Message, { state, effects }: Fold): void {
  const ofOthers = state.callId !== callId || effects.some((effect) => effect.callId !== callId);
  world.hold(18, !ofOthers, () => `a message of ${callId} changed ${state.callId}`, callId);
}

/** Invariant 21. */
function judgeBounds(world: World, { callId, type }: Message, state: CallState): void {
  const { ids, timers, effects, account } = state;
  const within =
    ids.length <= IDS_MAX &&
    account.causes.length <= CAUSES_MAX &&
    timers.length <= PENDING_MAX &&
    effects.length <= PENDING_MAX;
  world.hold(21, within, () => `a bound of the call is passed at ${type}`, callId);
  if (type !== 'state.patched') return;
  const bytes = Buffer.byteLength(JSON.stringify(account.state));
  world.hold(21, bytes <= STATE_MAX_BYTES, () => `call state of ${bytes} bytes`, callId);
}
