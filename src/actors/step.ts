/**
 * One pure step of a machine: from a snapshot and an event to the next snapshot, the timers to arm and
 * cancel, and the named actions as data. XState's own `transition()` builds an inert actor on every
 * call; this module reuses one scope, and is the only one that knows how XState hands out its actions.
 */
import { createActor } from 'xstate';
import type {
  AnyActorScope,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  InspectionEvent,
} from 'xstate';

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
  start(this: void, input: unknown): Step;
  /** Throws what a guard or a change throws: the caller quarantines that call. */
  next(this: void, snapshot: AnyMachineSnapshot, event: { readonly type: string }): Step;
  /** The snapshot that a value and a context were written down from. Throws for a value of another machine. */
  resolve(this: void, value: unknown, context: object): AnyMachineSnapshot;
}

/** `inspect` is told of every microstep, as XState tells it: for coverage of the chart. */
export function createStepper(machine: AnyStateMachine, inspect?: (event: InspectionEvent) => void): Stepper {
  let into: Collector = { armed: [], cancelled: [], actions: [] };
  pinDerived(machine.root);
  lightenAssigns(machine);
  const share = createSharing();
  const templates = new Map<string, AnyMachineSnapshot>();
  const scope = scopeOf(machine, (action) => collect(into, action), inspect);
  const run = (act: () => AnyMachineSnapshot): Step => {
    into = { armed: [], cancelled: [], actions: [] };
    const snapshot = share(act());
    return { snapshot, ...into };
  };
  return {
    start: (input) => run(() => machine.getInitialSnapshot(scope, input) as AnyMachineSnapshot),
    next: (snapshot, event) =>
      mayReact(snapshot, event.type)
        ? run(() => machine.transition(snapshot, event, scope) as AnyMachineSnapshot)
        : { snapshot, ...NOTHING },
    resolve: (value, context) => {
      const key = JSON.stringify(value);
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
 * ask about the context alone. Charts here use no wildcards; `pinDerived` refuses them.
 */
function mayReact({ _nodes }: AnyMachineSnapshot, type: string): boolean {
  return (_nodes as AnyStateNode[]).some(({ transitions }) => transitions.has(type));
}

/** XState looks these up in a WeakMap at every step; they never change. */
const DERIVED = ['invoke', 'initial', 'on', 'after'] as const;

/** A chart that this module cannot step. */
export class WildcardEvent extends Error {
  readonly code = 'chart_wildcard_event';
  constructor(state: string) {
    super(`state ${state} names an event with a wildcard; name each event that it hears`);
    this.name = 'WildcardEvent';
  }
}

/** How XState asks a node for its transition; not in its types. */
interface Selecting {
  next(snapshot: unknown, event: { readonly type: string }): unknown;
}

function pinDerived(node: AnyStateNode): void {
  for (const type of node.transitions.keys()) if (type.includes('*')) throw new WildcardEvent(node.id);
  for (const name of DERIVED) {
    if (!Object.hasOwn(node, name)) Object.defineProperty(node, name, { value: node[name] });
  }
  // The same for the candidates of an event, which it looks up by a name made for each node and step.
  const selecting = node as unknown as Selecting;
  const next = selecting.next.bind(node);
  selecting.next = (snapshot, event) =>
    node.transitions.has(event.type) ? next(snapshot, event) : undefined;
  for (const child of Object.values(node.states)) pinDerived(child);
}

interface AssignAction {
  readonly type?: string;
  readonly assignment?: unknown;
  resolve?: unknown;
}

/**
 * XState computes the state's value and tags anew after each assign, although only the context changed.
 * An assign that is a function of context and event needs no more than this.
 */
function lightenAssigns(machine: AnyStateMachine): void {
  for (const action of Object.values(machine.implementations.actions) as AssignAction[]) {
    if (action.type === 'xstate.assign' && typeof action.assignment === 'function')
      action.resolve = assignContext;
  }
}

function assignContext(
  _scope: unknown,
  snapshot: AnyMachineSnapshot,
  args: object,
  params: unknown,
  { assignment }: { readonly assignment: (args: object, params: unknown) => object },
): [AnyMachineSnapshot, undefined, undefined] {
  const context: object = { ...(snapshot.context as object), ...assignment(args, params) };
  return [{ ...snapshot, context } as AnyMachineSnapshot, undefined, undefined];
}

/**
 * Calls in the same state share what depends on it alone: of a hundred thousand open calls each would
 * hold its own list of nodes, set of tags and value.
 */
function createSharing(): (snapshot: AnyMachineSnapshot) => AnyMachineSnapshot {
  type Shared = Pick<AnyMachineSnapshot, 'value' | 'tags' | 'children' | '_nodes'>;
  const known = new Map<string, Shared>();
  return (snapshot) => {
    const key = JSON.stringify(snapshot.value);
    const shared = known.get(key);
    if (shared === undefined) {
      const { value, tags, children, _nodes } = snapshot;
      known.set(key, { value, tags, children, _nodes });
    } else Object.assign(snapshot, shared);
    return snapshot;
  };
}

/** The scope needs an actor to point at; its state is never read. Lazy fields answer any input. */
function probeInput(): unknown {
  return new Proxy({}, { get: (_target, name) => (name === 'functions' ? [] : name === 'legs' ? {} : 0) });
}
