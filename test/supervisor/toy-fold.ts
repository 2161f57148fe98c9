/**
 * A call fold of a few lines, so that ownership, checkpoints and recovery are proven apart from the
 * real statechart: `call.started` arms a timer, `end.requested` wants a hangup, its outcome closes.
 */
import type { CallEntry, CallState, Fold, World } from '../../src/actors/call-state.ts';
import { timerById } from '../../src/actors/call-state.ts';
import type { Effect } from '../../src/contract/effect.ts';
import type { Message } from '../../src/contract/message.ts';
import type { CallFold } from '../../src/supervisor/call-fold.ts';

export const TOY_TIMER_MS = 1_000;

interface Toy {
  readonly applied: readonly string[];
  readonly value: 'active' | 'terminating' | 'closed';
}

/** Types applied to the call, in order. */
export function appliedTo(state: CallState | undefined): readonly string[] {
  return (state?.snapshot as unknown as Toy | undefined)?.applied ?? [];
}

function next(state: CallState, message: Message, world: World, toy: Toy): CallState {
  return {
    ...state,
    foldAt: Math.max(state.foldAt, message.at),
    last: { era: world.era, seq: message.seq },
    snapshot: toy as unknown as CallState['snapshot'],
  };
}

function hangup(state: CallState): Effect {
  return {
    effectId: `hangup-${state.callId}`,
    kind: 'hang-up-leg',
    callId: state.callId,
    gateway: state.gateway,
    attempt: 1,
    position: state.last,
    cause: 'end.requested',
    requestedAt: state.foldAt,
    idempotencyKey: `hangup-${state.callId}`,
    timeoutMs: 1_000,
    payload: { leg: 'carrier', provider: 'toy', address: {} },
  };
}

function result(
  state: CallState,
  effects: readonly Effect[] = [],
  verdict: Fold['verdict'] = 'applied',
): Fold {
  return { state, verdict, effects, withdrawn: [], notes: [] };
}

function isCounted(state: CallState, message: Message, world: World): boolean {
  const { timerId, armedSeq, waitedMs } = message.data;
  const timer = timerById(state, timerId as string);
  if (timer === undefined || timer.armed.seq !== armedSeq) return false;
  return message.at >= toyFold.dueAt(timer, world) || Number(waitedMs) >= timer.durationMs;
}

export const toyFold: CallFold = {
  startCall(message, world) {
    const armed = { era: world.era, seq: message.seq };
    const timer = {
      timerId: 'toy',
      armed,
      armedAt: message.at,
      durationMs: TOY_TIMER_MS,
      absence: message.data['absence'] === true,
    };
    const state: CallState = {
      callId: message.callId,
      gateway: message.gateway,
      incarnation: message.seq,
      era: world.era,
      foldAt: message.at,
      last: armed,
      config: world.config,
      timers: [timer],
      effects: [],
      snapshot: {
        value: 'active',
        applied: ['call.started'],
        context: { startedAt: message.at, legs: {}, policy: { bargeIn: 'lock' } },
      } as never,
      account: {} as never,
      ids: [],
    };
    return result(state);
  },
  foldCall(state, message, world) {
    const toy = state.snapshot as unknown as Toy;
    const applied = [...toy.applied, message.type];
    switch (message.type) {
      case 'mark.echoed':
        throw new TypeError('poison');
      case 'timer.fired':
        if (!isCounted(state, message, world)) return result(state, [], 'invalid');
        return result({ ...next(state, message, world, { ...toy, applied }), timers: [] });
      case 'end.requested': {
        const ended = {
          ...next(state, message, world, { ...toy, value: 'terminating', applied }),
          timers: [],
        };
        return result(ended, [hangup(ended)]);
      }
      case 'effect.settled':
        return result(next(state, message, world, { ...toy, value: 'closed', applied }));
      default:
        return result(next(state, message, world, { ...toy, applied }));
    }
  },
  pendingEffects: (state, paused) =>
    (state.snapshot as unknown as Toy).value === 'terminating' && paused !== true ? [hangup(state)] : [],
  dueAt: (timer, world) => Math.max(timer.armedAt, timer.absence ? world.restoredAt : 0) + timer.durationMs,
  isDone: (state) => (state.snapshot as unknown as Toy).value === 'closed',
  toEntry: ({ config, ...state }) => ({ ...state, config: config.hash }) as unknown as CallEntry,
  fromEntry: (entry, configs) => {
    const config = configs.get(entry['config'] as string);
    if (config === undefined) throw new TypeError('unknown configuration');
    return { ...(entry as unknown as CallState), config };
  },
};
