/**
 * One pure step of a machine: from a snapshot and an event to the next snapshot, the timers to arm and
 * cancel, and the named actions as data. XState's own `transition()` builds an inert actor on every
 * call; this module reuses one scope, and is the only one that knows how XState hands out its actions.
 * What XState did once is played again without it: see `learned-steps.ts`.
 */
import { createActor } from 'xstate';
import type {
  AnyActorScope,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  InspectionEvent,
} from 'xstate';
import { createLearnedSteps } from './learned-steps.ts';
import type { Step } from './one-step.ts';
import { recording, Tape } from './recording.ts';

export type { NamedAction, Step } from './one-step.ts';

const AFTER = 'xstate.after.';

/** The event that XState expects when a timer fires. */
export function timerEvent(timerId: string): string {
  return AFTER + timerId;
}

interface RawAction {
  readonly type: string;
  readonly info?: { readonly context: unknown; readonly event: { readonly type: string } };
  readonly params?: unknown;
}

/** What XState hands out, told to the tape as one of three things. */
function note(tape: Tape, action: RawAction): void {
  if (action.type === 'xstate.raise') {
    const { id, delay } = action.params as { id?: string; delay?: number };
    if (id === undefined || delay === undefined) return; // an undelayed raise is already processed
    tape.arm({ timerId: id.slice(AFTER.length), delayMs: delay }, action.info?.event);
  } else if (action.type === 'xstate.cancel') {
    tape.cancel((action.params as { sendId: string }).sendId.slice(AFTER.length));
  } else if (action.info !== undefined) {
    const { context, event } = action.info;
    tape.act({ type: action.type, context, event });
  }
}

/** A stepper for one machine. Not reentrant, as a fold never is. */
export interface Stepper {
  start(this: void, input: unknown): Step;
  /** Throws what a guard or a change throws: the caller quarantines that call. */
  next(this: void, snapshot: AnyMachineSnapshot, event: { readonly type: string }): Step;
  /** The snapshot that a value and a context were written down from. Throws for a value of another machine. */
  resolve(this: void, value: unknown, context: object): AnyMachineSnapshot;
}

/**
 * A stepper that learns. With `inspect` every step is XState's own, on the very machine that was given,
 * and `inspect` is told of every microstep: for coverage of the chart.
 */
export function createStepper(given: AnyStateMachine, inspect?: (event: InspectionEvent) => void): Stepper {
  refuseWildcards(given.root);
  const tape = new Tape();
  const machine = inspect === undefined ? recording(given, tape) : given;
  const share = createSharing();
  const templates = new Map<string, AnyMachineSnapshot>();
  const scope = scopeOf(machine, (action) => note(tape, action), inspect);
  const learned = inspect === undefined ? createLearnedSteps(machine) : undefined;
  const step = (event: { readonly type: string } | undefined, act: () => AnyMachineSnapshot): Step => {
    tape.start(event);
    const snapshot = share(act());
    const { armed, cancelled, actions } = tape;
    return { snapshot, armed, cancelled, actions };
  };
  return {
    start: (input) => {
      const known = learned?.start(input);
      if (known !== undefined) return known;
      const made = step(undefined, () => machine.getInitialSnapshot(scope, input) as AnyMachineSnapshot);
      learned?.learnStart(tape, made.snapshot);
      return made;
    },
    next: (snapshot, event) => {
      if (!mayReact(snapshot, event.type)) return { snapshot, ...NOTHING };
      const known = learned?.next(snapshot, event);
      if (known !== undefined) return known;
      const made = step(event, () => machine.transition(snapshot, event, scope) as AnyMachineSnapshot);
      learned?.learnNext(snapshot, event.type, tape, made.snapshot);
      return made;
    },
    resolve: (value, context) => {
      const key = keyOf(value);
      let template = templates.get(key);
      if (template === undefined) {
        template = share(machine.resolveState({ value: value as never, context: {} }));
        templates.set(key, template);
      }
      return { ...template, context } as AnyMachineSnapshot;
    },
  };
}

function scopeOf(
  machine: AnyStateMachine,
  collectAction: (action: RawAction) => void,
  inspect?: (event: InspectionEvent) => void,
): AnyActorScope {
  const self = createActor(machine, { input: probeInput(), ...(inspect === undefined ? {} : { inspect }) });
  return {
    self,
    defer: () => undefined,
    id: '',
    logger: () => undefined,
    sessionId: '',
    stopChild: () => undefined,
    system: self.system,
    emit: () => undefined,
    actionExecutor: collectAction,
  };
}

const NOTHING: Omit<Step, 'snapshot'> = Object.freeze({ armed: [], cancelled: [], actions: [] });

/**
 * What no active state names cannot change anything: its `always` were asked after the last step, and
 * ask about the context alone. Charts here use no wildcards.
 */
function mayReact({ _nodes }: AnyMachineSnapshot, type: string): boolean {
  return (_nodes as AnyStateNode[]).some(({ transitions }) => transitions.has(type));
}

/** A chart that this module cannot step. */
export class WildcardEvent extends Error {
  readonly code = 'chart_wildcard_event';
  constructor(state: string) {
    super(`state ${state} names an event with a wildcard; name each event that it hears`);
    this.name = 'WildcardEvent';
  }
}

function refuseWildcards(node: AnyStateNode): void {
  for (const type of node.transitions.keys()) if (type.includes('*')) throw new WildcardEvent(node.id);
  for (const child of Object.values(node.states)) refuseWildcards(child);
}

/**
 * Calls in the same state share what depends on it alone: of a hundred thousand open calls each would
 * hold its own list of nodes, set of tags and value.
 */
function createSharing(): (snapshot: AnyMachineSnapshot) => AnyMachineSnapshot {
  type Shared = Pick<AnyMachineSnapshot, 'value' | 'tags' | 'children' | '_nodes'>;
  const known = new Map<string, Shared>();
  return (snapshot) => {
    const key = keyOf(snapshot.value);
    const shared = known.get(key);
    if (shared === undefined) {
      const { value, tags, children, _nodes } = snapshot;
      known.set(key, { value, tags, children, _nodes });
    } else Object.assign(snapshot, shared);
    return snapshot;
  };
}

/** Of a state value; most are the name of one state. */
function keyOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The scope needs an actor to point at; its state is never read. Lazy fields answer any input. */
function probeInput(): unknown {
  return new Proxy({}, { get: (_target, name) => (name === 'functions' ? [] : name === 'legs' ? {} : 0) });
}
