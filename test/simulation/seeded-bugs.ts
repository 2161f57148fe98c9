/**
 * Bugs on purpose, one for each invariant that the simulation checks: a changed fold, or a changed part
 * of the product. What is changed is put back afterwards.
 */
import { contextOf, stateName } from '../../src/actors/record.ts';
import type { CallState, Fold, World } from '../../src/actors/call-state.ts';
import { effectById, timerById } from '../../src/actors/call-state.ts';
import type { Effect } from '../../src/contract/effect.ts';
import type { Message } from '../../src/contract/message.ts';
import { Lane } from '../../src/dispatcher/lane.ts';
import { RateWindow } from '../../src/dispatcher/rate-window.ts';
import { CommandDesk } from '../../src/gateway/command-desk.ts';
import { MemoryLog } from '../../src/log/memory/index.ts';
import type { CallFold } from '../../src/supervisor/call-fold.ts';
import { CallTable } from '../../src/supervisor/call-table.ts';
import { PartitionLost } from '../../src/supervisor/errors.ts';
import { Follower } from '../../src/supervisor/follower.ts';
import { OwnerEffects } from '../../src/supervisor/owner-effects.ts';
import { PartitionOwner } from '../../src/supervisor/partition-owner.ts';
import { PartitionSeat } from '../../src/supervisor/partition-seat.ts';
import { Reconciler } from '../../src/supervisor/reconciler.ts';
import { TimerSchedule } from '../../src/supervisor/timer-schedule.ts';

/** A bug and the invariant that it breaks. */
export interface SeededBug {
  readonly invariant: number;
  readonly what: string;
  /** Where to begin looking, for a bug that needs something rare. */
  readonly seed?: number;
  /** Instead of the call actor. */
  readonly fold?: (fold: CallFold) => CallFold;
  /** Changes a part of the product; returns the way back. */
  readonly change?: () => () => void;
}

type FoldCall = CallFold['foldCall'];

/** The fold, with what it is asked or what it answers changed. */
function folding(make: (fold: FoldCall) => FoldCall): (fold: CallFold) => CallFold {
  return (fold) => ({ ...fold, foldCall: make(fold.foldCall) });
}

function answering(
  change: (made: Fold, before: CallState, message: Message) => Fold,
): (fold: CallFold) => CallFold {
  return folding((fold) => (state, message, world) => change(fold(state, message, world), state, message));
}

function asked(
  change: (state: CallState, message: Message, world: World) => [CallState, Message],
): (fold: CallFold) => CallFold {
  return folding((fold) => (state, message, world) => fold(...change(state, message, world), world));
}

/** Every effect of a kind, changed. */
function effects(kind: Effect['kind'], change: (effect: Effect) => Effect | undefined) {
  return answering((made) => ({
    ...made,
    effects: made.effects.flatMap((effect) => (effect.kind === kind ? (change(effect) ?? []) : effect)),
  }));
}

type Method = (this: never, ...args: never[]) => unknown;

/** A method of a class replaced. */
function replaced(
  { prototype }: { readonly prototype: object },
  name: string,
  make: (original: Method) => Method,
): () => () => void {
  const methods = prototype as Record<string, Method>;
  return () => {
    const original = methods[name] as Method;
    methods[name] = make(original);
    return () => void (methods[name] = original);
  };
}

/** Several of them. */
function all(...changes: (() => () => void)[]): () => () => void {
  return () => {
    const undo = changes.map((change) => change());
    return () => undo.forEach((back) => back());
  };
}

/** As the method, but for the news that the partition is lost. */
function deafToLoss(original: Method): Method {
  return function (this: never, ...args: never[]) {
    if (!args.some((arg: unknown) => arg instanceof PartitionLost)) original.call(this, ...args);
  };
}

function hangUpOf(state: CallState, { seq, type }: Message): Effect {
  const { callId, gateway, foldAt } = state;
  return {
    effectId: `rogue-${callId}`,
    kind: 'hang-up-leg',
    callId,
    gateway,
    attempt: 1,
    position: { era: state.last.era, seq },
    cause: type,
    requestedAt: foldAt,
    idempotencyKey: `rogue-${callId}`,
    timeoutMs: 5_000,
    payload: { leg: 'carrier', provider: 'line', address: { id: `carrier-${callId}` } },
  };
}

const without = (timers: CallState['timers'], start: string): CallState['timers'] =>
  timers.filter(({ timerId }) => !timerId.startsWith(start));

/** Calls that were active once, as they were then. */
const once = new Map<string, CallState['snapshot']>();
let folds = 0;

/** In the order of the invariants. */
export const SEEDED_BUGS: readonly SeededBug[] = [
  {
    invariant: 1,
    what: 'a call that is being ended goes on when somebody speaks',
    fold: answering((made, before, { type }) => {
      if (stateName(before) === 'active') once.set(before.callId, before.snapshot);
      const snapshot = once.get(before.callId);
      const back = stateName(before) === 'terminating' && type === 'agent.spoke' && snapshot !== undefined;
      return back ? { ...made, state: { ...made.state, snapshot } } : made;
    }),
  },
  {
    invariant: 2,
    what: 'a hangup does not say why',
    fold: effects('hang-up-leg', (effect) => ({ ...effect, cause: '' })),
  },
  {
    invariant: 3,
    seed: 2,
    what: 'any word of the caller counts as the echo of the mark',
    fold: asked((state, message) => {
      const name = contextOf(state).farewell?.mark;
      const taken = message.type === 'caller.spoke' && name !== undefined;
      return [state, taken ? { ...message, type: 'mark.echoed', data: { name } } : message];
    }),
  },
  {
    invariant: 4,
    seed: 19,
    what: 'a firing of an older arming counts',
    fold: asked((state, message) => {
      const armed = timerById(state, String(message.data['timerId']))?.armed;
      const fired = message.type === 'timer.fired' && armed !== undefined;
      const data = { ...message.data, armedSeq: armed?.seq ?? 0, armedEra: armed?.era ?? 0 };
      return [state, fired ? { ...message, data } : message];
    }),
  },
  {
    invariant: 5,
    what: 'the timers of a call that is over stay scheduled',
    change: replaced(
      TimerSchedule,
      'sync',
      (sync) =>
        function (this: never, callId: never, timers: never) {
          if (timers !== undefined) sync.call(this, callId, timers);
        },
    ),
  },
  {
    invariant: 6,
    what: 'each attempt at a leg is an effect of its own',
    fold: effects('hang-up-leg', (effect) => ({
      ...effect,
      effectId: `${effect.effectId}.${effect.attempt}`,
    })),
  },
  {
    invariant: 7,
    what: 'a carrier that is down counts as a line that has ended',
    fold: asked((state, message) => {
      const outcome = message.data['outcome'] as { code?: string } | undefined;
      const down = message.type === 'effect.settled' && outcome?.code === 'http_503';
      return [state, down ? { ...message, data: { ...message.data, outcome: { result: 'done' } } } : message];
    }),
  },
  {
    invariant: 8,
    what: 'a function that succeeded runs again in the books',
    fold: answering((made) => {
      const { account } = made.state;
      const done = Object.entries(account.functions).find(([, { status }]) => status === 'succeeded');
      if (done === undefined || stateName(made.state) !== 'closed') return made;
      const running = { ...account.functions, [done[0]]: { ...done[1], status: 'running' as const } };
      return { ...made, state: { ...made.state, account: { ...account, functions: running } } };
    }),
  },
  {
    invariant: 9,
    what: 'the idempotency key counts attempts',
    fold: effects('run-end-function', (effect) => ({
      ...effect,
      idempotencyKey: `${effect.idempotencyKey}.${effect.attempt}`,
    })),
  },
  {
    invariant: 10,
    what: 'an owner hangs up by itself what it only tells',
    change: replaced(
      OwnerEffects,
      'perform',
      (perform) =>
        function (this: never, effect: never) {
          perform.call(this, effect);
          const { kind, callId } = effect as Effect;
          const rogue = {
            kind: 'hang-up-leg',
            effectId: `rogue-${callId}`,
            idempotencyKey: `rogue-${callId}`,
          };
          const payload = { leg: 'carrier', provider: 'line', address: { id: `carrier-${callId}` } };
          if (kind === 'command') perform.call(this, { ...(effect as Effect), ...rogue, payload } as never);
        },
    ),
  },
  {
    invariant: 11,
    seed: 3,
    what: 'ownership is appended without the expected sequence',
    change: replaced(
      MemoryLog,
      'append',
      (append) =>
        function (this: never, ...[stream, message, options]: never[]) {
          const { subject } = message as unknown as { subject: string };
          const blind = subject.endsWith('.partition.owner') ? undefined : options;
          return append.call(this, stream as never, message as never, blind as never);
        },
    ),
  },
  {
    invariant: 12,
    seed: 5,
    what: 'an owner that lost its lease and its partition goes on',
    change: all(
      replaced(OwnerEffects, 'leaseHolds', () => () => true),
      replaced(PartitionOwner, 'lose', deafToLoss),
      replaced(PartitionSeat, 'lost', deafToLoss),
    ),
  },
  {
    invariant: 13,
    what: 'nobody remembers what was applied',
    fold: asked((state, message) => {
      const { sequence: _forgotten, ...rest } = state;
      return [{ ...rest, ids: [] }, message];
    }),
  },
  {
    invariant: 14,
    what: 'two ends at once leave a function undecided',
    fold: answering((made) => {
      const { account } = made.state;
      const raced = new Set(account.causes.map(({ type }) => type)).size > 1;
      const [first] = Object.entries(account.functions);
      if (!raced || first === undefined || stateName(made.state) !== 'closed') return made;
      const functions = { ...account.functions, [first[0]]: { ...first[1], status: 'waiting' as const } };
      return { ...made, state: { ...made.state, account: { ...account, functions } } };
    }),
  },
  {
    invariant: 15,
    what: 'a closed call opens again',
    fold: answering((made, before) => {
      if (stateName(before) === 'active') once.set(before.callId, before.snapshot);
      const snapshot = once.get(before.callId);
      const again = stateName(before) === 'closed' && snapshot !== undefined;
      return again ? { ...made, state: { ...made.state, snapshot } } : made;
    }),
  },
  {
    invariant: 16,
    what: 'a second start is taken over',
    fold: answering((made, before, { type, seq }) => {
      const state = { ...made.state, incarnation: seq };
      return type === 'call.started' ? { ...made, state } : { ...made, state: made.state ?? before };
    }),
  },
  {
    invariant: 17,
    what: 'a fold counts how often it ran',
    fold: answering((made) => {
      folds += 1;
      const account = { ...made.state.account, id: String(folds) };
      return made.verdict === 'applied' ? { ...made, state: { ...made.state, account } } : made;
    }),
  },
  {
    invariant: 18,
    what: 'an effect is performed for another call',
    fold: effects('command', (effect) => ({ ...effect, callId: `${effect.callId}0` })),
  },
  {
    invariant: 19,
    what: 'a command is forgotten when something else is heard',
    fold: answering((made, _before, { type }) => {
      const { state } = made;
      const command = state.effects.find(({ request }) => request.kind === 'command');
      if (command === undefined || type !== 'agent.spoke') return made;
      return { ...made, state: { ...state, effects: state.effects.filter((other) => other !== command) } };
    }),
  },
  {
    invariant: 20,
    what: 'every gateway may speak for every call',
    fold: asked((state, message) => {
      const foreign = !message.gateway.startsWith('_');
      return [state, foreign ? { ...message, gateway: state.gateway } : message];
    }),
  },
  {
    invariant: 21,
    seed: 3,
    what: 'every id is remembered for good',
    fold: answering((made, before, { gateway, id }) => {
      const added = made.state.ids !== before.ids;
      const ids = [...before.ids, `${gateway}/${id}`];
      return added ? { ...made, state: { ...made.state, ids } } : made;
    }),
  },
  {
    invariant: 23,
    seed: 10,
    what: 'the rate of a provider is not kept',
    change: replaced(RateWindow, 'take', () => () => ({
      release: () => undefined,
      giveBack: () => undefined,
    })),
  },
  {
    invariant: 24,
    what: 'a transferred line is hung up',
    fold: answering((made, before, message) => {
      const transferred = message.type === 'call.transferred' && made.verdict === 'applied';
      return transferred ? { ...made, effects: [...made.effects, hangUpOf(before, message)] } : made;
    }),
  },
  {
    invariant: 25,
    what: 'no record is published',
    fold: effects('publish-record', () => undefined),
  },
  {
    invariant: 26,
    what: 'a checkpoint leaves out a call that changed',
    change: replaced(
      CallTable,
      'takeDirty',
      (takeDirty) =>
        function (this: never) {
          return new Set([...(takeDirty.call(this) as Set<string>)].slice(1));
        },
    ),
  },
  {
    invariant: 27,
    seed: 45,
    what: 'a gateway that is there counts as gone',
    fold: asked((state, message) => {
      const pinged = effectById(state, String(message.data['effectId']))?.name === 'ping';
      if (message.type === 'agent.spoke')
        return [state, { ...message, type: 'activity.resumed', gateway: 'x' }];
      const data = { ...message.data, outcome: { result: 'no-responder' } };
      return [state, message.type === 'effect.settled' && pinged ? { ...message, data } : message];
    }),
  },
  {
    invariant: 28,
    what: 'a gateway forgets which commands it obeyed',
    change: replaced(CommandDesk, 'remember', () => () => undefined),
  },
  {
    invariant: 29,
    what: 'nothing bounds the wait for the end of a line',
    fold: answering((made) => {
      const timers = without(made.state.timers, 'terminate');
      return { ...made, state: { ...made.state, timers: without(timers, 'drain') } };
    }),
  },
  {
    invariant: 30,
    what: 'nothing bounds a call that everybody forgets',
    fold: folding((fold) => (state, message, world) => {
      const made = fold(state, message, world);
      return { ...made, state: { ...made.state, timers: without(made.state.timers, 'maxCall') } };
    }),
  },
  {
    invariant: 31,
    what: 'a hangup waits for a second',
    change: replaced(
      Lane,
      'offer',
      (offer) =>
        function (this: never, work: never) {
          const { clock } = this as { clock: { after(ms: number, run: () => void): void } };
          clock.after(1_000, () => offer.call(this, work));
        },
    ),
  },
  {
    invariant: 32,
    what: 'nobody claims what has no owner',
    change: replaced(Follower, 'judge', () => () => Promise.resolve(1_000)),
  },
  {
    invariant: 33,
    seed: 5,
    what: 'a fold that throws ends the reading',
    change: replaced(PartitionOwner, 'onThrow', () => () => {
      throw new TypeError('a seeded bug');
    }),
  },
  {
    invariant: 34,
    seed: 2030,
    what: 'after a rewind nobody asks for the lines',
    change: replaced(Reconciler, 'begin', () => () => undefined),
  },
];
