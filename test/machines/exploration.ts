/**
 * A breadth-first walk over a machine through the pure stepper: every event of a representative set in
 * every state that showed something new, and what of the chart was seen on the way.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { createStepper, timerEvent } from '../../src/actors/step.ts';
import type { Step } from '../../src/actors/step.ts';

export interface WalkEvent {
  readonly type: string;
}

export interface Reached {
  readonly snapshot: AnyMachineSnapshot;
  /** How it was reached, from the start: the shortest way that was found. */
  readonly path: readonly string[];
}

export interface Walk {
  readonly reached: readonly Reached[];
  readonly taken: ReadonlySet<AnyTransitionDefinition>;
  /** Guarded transitions whose guard was asked and said no. */
  readonly refused: ReadonlySet<AnyTransitionDefinition>;
  readonly nodes: ReadonlySet<AnyStateNode>;
  /** Top state → types of the events that changed something or asked for something in it. */
  readonly heard: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface WalkOptions {
  readonly inputs: readonly unknown[];
  readonly events: (snapshot: AnyMachineSnapshot) => readonly WalkEvent[];
  /** What of the context makes a state another one. */
  readonly signature: (snapshot: AnyMachineSnapshot) => string;
  /** Kinds of calls that are walked side by side. */
  readonly kind?: (snapshot: AnyMachineSnapshot) => string;
  /** Instants at which timers fire. */
  readonly firesAt?: (snapshot: AnyMachineSnapshot) => readonly number[];
}

export function allNodes(machine: AnyStateMachine): AnyStateNode[] {
  const below = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(below)];
  return below(machine.root);
}

export function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [...[...node.transitions.values()].flat(), ...(node.always ?? [])] as AnyTransitionDefinition[];
}

function activeNodes({ _nodes }: AnyMachineSnapshot): AnyStateNode[] {
  return _nodes as AnyStateNode[];
}

function timersOf(snapshot: AnyMachineSnapshot): string[] {
  return activeNodes(snapshot).flatMap((node) =>
    Object.keys(node.config.after ?? {}).map((delay) => `${delay}.${node.id}`),
  );
}

export function describeTransition(transition: AnyTransitionDefinition): string {
  const { source, eventType, guard, target } = transition;
  const to = target === undefined ? 'stays' : target.map(({ id }: AnyStateNode) => id).join(', ');
  const asks = typeof guard === 'string' ? ` [${guard}]` : '';
  return `${source.id}: ${eventType === '' ? 'always' : eventType}${asks} → ${to}`;
}

interface Microstep {
  readonly snapshot: AnyMachineSnapshot;
  readonly transitions: readonly AnyTransitionDefinition[];
}

type Guards = Readonly<Record<string, (moment: { context: unknown; event: unknown }) => boolean>>;

/** Contexts under which one state is visited: bounds the walk, which has 10⁵ states otherwise. */
const LIGHTS_MAX = 8;

export class Explorer {
  readonly machine: AnyStateMachine;
  readonly taken = new Set<AnyTransitionDefinition>();
  readonly refused = new Set<AnyTransitionDefinition>();
  readonly nodes = new Set<AnyStateNode>();
  readonly heard = new Map<string, Set<string>>();
  private microsteps: Microstep[] = [];
  private readonly stepper;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    this.stepper = createStepper(machine, (event) => {
      if (event.type !== '@xstate.microstep') return;
      const { snapshot, _transitions } = event as unknown as Microstep & {
        _transitions: AnyTransitionDefinition[];
      };
      this.microsteps.push({ snapshot, transitions: _transitions });
    });
  }

  walk({ inputs, events, signature, kind = () => '', firesAt = () => [0] }: WalkOptions): Walk {
    const seen = new Map<string, Set<string>>();
    const reached: Reached[] = [];
    const add = (snapshot: AnyMachineSnapshot, path: readonly string[]): void => {
      const marks = signature(snapshot);
      // Worth a visit when one of its states was not yet seen often enough, or not yet in this light.
      const fresh = activeNodes(snapshot).filter(({ id }) => {
        const place = `${kind(snapshot)} ${id}`;
        const lights = seen.get(place) ?? new Set();
        seen.set(place, lights);
        return lights.size < LIGHTS_MAX && !lights.has(marks) && lights.add(marks);
      });
      if (fresh.length > 0) reached.push({ snapshot, path });
    };
    for (const [index, input] of inputs.entries()) {
      const { snapshot } = this.observe(undefined, { type: 'start' }, () => this.stepper.start(input));
      add(snapshot, [`start ${index}`]);
    }
    for (let next = 0; next < reached.length; next += 1) {
      const { snapshot, path } = reached[next] as Reached;
      const all = [...events(snapshot), ...timerEvents(snapshot, firesAt(snapshot))];
      for (const event of all) add(this.step(snapshot, event).snapshot, [...path, event.type]);
    }
    return { reached, taken: this.taken, refused: this.refused, nodes: this.nodes, heard: this.heard };
  }

  /** One event, observed. */
  step(snapshot: AnyMachineSnapshot, event: WalkEvent): Step {
    return this.observe(snapshot, event, () => this.stepper.next(snapshot, event));
  }

  private observe(before: AnyMachineSnapshot | undefined, event: WalkEvent, act: () => Step): Step {
    this.microsteps = [];
    const step = act();
    if (before !== undefined) {
      this.noteRefusals(before, event, event.type);
      if (step.snapshot !== before || step.actions.length > 0) this.noteHeard(before, event.type);
    }
    for (const { snapshot, transitions } of this.microsteps) {
      for (const transition of transitions) this.taken.add(transition);
      for (const node of activeNodes(snapshot)) this.nodes.add(node);
      this.noteRefusals(snapshot, event, '');
    }
    for (const node of activeNodes(step.snapshot)) this.nodes.add(node);
    this.noteRefusals(step.snapshot, event, '');
    return step;
  }

  private noteHeard({ value }: AnyMachineSnapshot, type: string): void {
    const top = typeof value === 'string' ? value : (Object.keys(value)[0] ?? '');
    const types = this.heard.get(top) ?? new Set();
    this.heard.set(top, types.add(type));
  }

  private noteRefusals(snapshot: AnyMachineSnapshot, event: WalkEvent, eventType: string): void {
    const guards = this.machine.implementations.guards as unknown as Guards;
    for (const node of activeNodes(snapshot)) {
      const candidates = eventType === '' ? (node.always ?? []) : (node.transitions.get(eventType) ?? []);
      for (const transition of candidates as AnyTransitionDefinition[]) {
        const guard = typeof transition.guard === 'string' ? guards[transition.guard] : undefined;
        if (guard === undefined || this.refused.has(transition)) continue;
        if (!guard({ context: snapshot.context, event })) this.refused.add(transition);
      }
    }
  }
}

function timerEvents(snapshot: AnyMachineSnapshot, instants: readonly number[]): WalkEvent[] {
  if (snapshot.status !== 'active') return [];
  return timersOf(snapshot).flatMap((timerId) =>
    instants.map((at) => ({ type: timerEvent(timerId), at, seq: 9, data: {} })),
  );
}
