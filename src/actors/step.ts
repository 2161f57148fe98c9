/**
 * One pure step of a machine: from a snapshot and an event to the next snapshot, the timers to arm and
 * cancel, and the named actions as data. XState's own `transition()` builds an inert actor on every
 * call; this module reuses one scope, and is the only one that knows how XState hands out its actions.
 */
import { createActor, type AnyActorScope, type AnyMachineSnapshot, type AnyStateMachine } from 'xstate';

export interface NamedAction {
  readonly type: string;
  /** The machine's context and event at the moment of the action. */
  readonly context: unknown;
  readonly event: { readonly type: string };
}

export interface Armed {
  /** `<delay>.<state id>`: stable over replays. */
  readonly timerId: string;
  readonly delayMs: number;
}

export interface Step {
  readonly snapshot: AnyMachineSnapshot;
  /** In order; a timer that is cancelled and armed again is armed. */
  readonly armed: readonly Armed[];
  readonly cancelled: readonly string[];
  readonly actions: readonly NamedAction[];
}

const AFTER = 'xstate.after.';

/** The event that XState expects when a timer fires. */
export function timerEvent(timerId: string): string {
  return AFTER + timerId;
}

interface Collector {
  armed: Armed[];
  cancelled: string[];
  actions: NamedAction[];
}

interface RawAction {
  readonly type: string;
  readonly info?: { readonly context: unknown; readonly event: { readonly type: string } };
  readonly params?: unknown;
}

function collect(into: Collector, action: RawAction): void {
  if (action.type === 'xstate.raise') {
    const { id, delay } = action.params as { id?: string; delay?: number };
    if (id === undefined || delay === undefined) return; // an undelayed raise is already processed
    into.armed.push({ timerId: id.slice(AFTER.length), delayMs: delay });
  } else if (action.type === 'xstate.cancel') {
    const { sendId } = action.params as { sendId: string };
    const timerId = sendId.slice(AFTER.length);
    into.cancelled.push(timerId);
    into.armed = into.armed.filter((armed) => armed.timerId !== timerId);
  } else if (action.info !== undefined) {
    into.actions.push({ type: action.type, context: action.info.context, event: action.info.event });
  }
}

/** A stepper for one machine. Not reentrant, as a fold never is. */
export interface Stepper {
  start(input: unknown): Step;
  /** Throws what a guard or a change throws: the caller quarantines that call. */
  next(snapshot: AnyMachineSnapshot, event: { readonly type: string }): Step;
}

export function createStepper(machine: AnyStateMachine): Stepper {
  let into: Collector = { armed: [], cancelled: [], actions: [] };
  const self = createActor(machine, { input: probeInput() });
  const scope = {
    self,
    defer: () => undefined,
    id: '',
    logger: () => undefined,
    sessionId: '',
    stopChild: () => undefined,
    system: self.system,
    emit: () => undefined,
    actionExecutor: (action: RawAction) => collect(into, action),
  } as unknown as AnyActorScope;
  const run = (act: () => AnyMachineSnapshot): Step => {
    into = { armed: [], cancelled: [], actions: [] };
    const snapshot = act();
    return { snapshot, ...into };
  };
  return {
    start: (input) => run(() => machine.getInitialSnapshot(scope, input) as AnyMachineSnapshot),
    next: (snapshot, event) => run(() => machine.transition(snapshot, event, scope) as AnyMachineSnapshot),
  };
}

/** The scope needs an actor to point at; its state is never read. Lazy fields answer any input. */
function probeInput(): unknown {
  return new Proxy({}, { get: (_target, name) => (name === 'functions' ? [] : name === 'legs' ? {} : 0) });
}
