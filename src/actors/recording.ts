/**
 * A machine that tells what it does while XState steps it: which guard answered what, which change was
 * made, which timer armed. Made with XState's own `provide`, so that the machine that was given stays
 * as it is.
 */
import { assign } from 'xstate';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { Armed, NamedAction } from './one-step.ts';

interface ChartEvent {
  readonly type: string;
}

interface Moment {
  readonly context: unknown;
  readonly event: ChartEvent;
}

type Guard = (moment: Moment) => boolean;
type Change = (moment: Moment) => object;
type Delay = (moment: Moment) => number;

/** XState's own event within a step, as the end of a region; undefined: the event that was sent. */
type Within = ChartEvent | undefined;

/** One thing that a step did, in order. */
export type Deed =
  | { readonly kind: 'ask'; readonly guard: Guard; readonly on: Within; readonly answer: boolean }
  | { readonly kind: 'change'; readonly change: Change; readonly on: Within }
  | { readonly kind: 'arm'; readonly timerId: string; readonly delay: Delay | number; readonly on: Within }
  | { readonly kind: 'cancel'; readonly timerId: string }
  | { readonly kind: 'act'; readonly type: string; readonly on: Within };

/** What the step under way has done: for the one who asked for it, and for learning. */
export class Tape {
  deeds: Deed[] = [];
  armed: Armed[] = [];
  cancelled: string[] = [];
  actions: NamedAction[] = [];
  private sent: ChartEvent | undefined;
  private delay: Delay | undefined;

  /** A new step, by this event; undefined: the very first, whose event XState makes. */
  start(sent: ChartEvent | undefined): void {
    this.sent = sent;
    this.delay = undefined;
    this.deeds = [];
    this.armed = [];
    this.cancelled = [];
    this.actions = [];
  }

  ask(guard: Guard, event: ChartEvent, answer: boolean): void {
    this.deeds.push({ kind: 'ask', guard, on: this.within(event), answer });
  }

  change(change: Change, event: ChartEvent): void {
    this.deeds.push({ kind: 'change', change, on: this.within(event) });
  }

  /** Just before the timer with this delay is armed. */
  delayBy(delay: Delay): void {
    this.delay = delay;
  }

  arm(armed: Armed, event: ChartEvent | undefined): void {
    const { timerId, delayMs } = armed;
    this.armed.push(armed);
    this.deeds.push({ kind: 'arm', timerId, delay: this.delay ?? delayMs, on: event && this.within(event) });
    this.delay = undefined;
  }

  cancel(timerId: string): void {
    this.cancelled.push(timerId);
    this.armed = this.armed.filter((armed) => armed.timerId !== timerId);
    this.deeds.push({ kind: 'cancel', timerId });
  }

  act(action: NamedAction): void {
    this.actions.push(action);
    this.deeds.push({ kind: 'act', type: action.type, on: this.within(action.event) });
  }

  private within(event: ChartEvent): Within {
    return event === this.sent || event.type === 'xstate.init' ? undefined : event;
  }
}

/**
 * The machine again, telling the tape.
 *
 * @throws UnrepeatableChart
 */
export function recording(machine: AnyStateMachine, tape: Tape): AnyStateMachine {
  refuseUnnamed(machine.root);
  const { guards, delays, actions } = machine.implementations as unknown as {
    guards: Record<string, unknown>;
    delays: Record<string, unknown>;
    actions: Record<string, unknown>;
  };
  return machine.provide({
    guards: each(guards, (name, guard) => {
      if (typeof guard !== 'function' || 'check' in guard) throw new UnrepeatableChart(`guard ${name}`);
      return (moment: Moment) => {
        const answer = (guard as Guard)(moment);
        tape.ask(guard as Guard, moment.event, answer);
        return answer;
      };
    }),
    delays: each(delays, (_name, delay) => {
      if (typeof delay !== 'function') return delay;
      return (moment: Moment) => {
        tape.delayBy(delay as Delay);
        return (delay as Delay)(moment);
      };
    }),
    actions: each(actions, (name, action) => {
      const { type, assignment } = action as { type?: string; assignment?: unknown };
      if (type !== 'xstate.assign') return action;
      if (typeof assignment !== 'function') throw new UnrepeatableChart(`change ${name}`);
      return assign((moment: Moment) => {
        tape.change(assignment as Change, moment.event);
        return (assignment as Change)(moment);
      });
    }),
  } as never);
}

function each(
  table: Readonly<Record<string, unknown>>,
  make: (name: string, entry: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).map(([name, entry]) => [name, make(name, entry)]));
}

/** A part of a chart that is not a named, plain function: what it did could not be told. */
export class UnrepeatableChart extends Error {
  readonly code = 'chart_unrepeatable';
  constructor(part: string) {
    super(`${part} cannot be repeated; name it in setup() as one function of context and event`);
    this.name = 'UnrepeatableChart';
  }
}

type Part = string | { readonly type: string; readonly delay?: unknown; readonly params?: unknown };

/** Charts name their guards and actions; timers are what XState makes of `after`. */
function refuseUnnamed(node: AnyStateNode): void {
  const transitions = [...node.transitions.values()].flat().concat(node.always ?? []);
  const actions = [node.entry, node.exit, ...transitions.map(({ actions: own }) => own)].flat() as Part[];
  for (const action of actions) {
    if (typeof action === 'string' || action.type === 'xstate.cancel') continue;
    const isTimer = action.type === 'xstate.raise' && action.delay !== undefined;
    if (!isTimer && (typeof action === 'function' || action.params !== undefined))
      throw new UnrepeatableChart(`an action of state ${node.id}`);
  }
  for (const { guard } of transitions as { guard?: unknown }[]) {
    if (guard !== undefined && typeof guard !== 'string')
      throw new UnrepeatableChart(`a guard of state ${node.id}`);
  }
  for (const child of Object.values(node.states)) refuseUnnamed(child);
}
