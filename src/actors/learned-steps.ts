/**
 * What XState did for a state and an event it does again whenever its guards answer the same: the rest
 * of a step is fixed by the chart. So each way that XState takes is kept as the list of its deeds, and
 * taken again without it: ask the same guards, make the same changes, arm the same timers. An answer
 * that is new to it is XState's to decide. A chart walks few of its ways, and walks them often.
 */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { Deed, Tape } from './recording.ts';
import type { Armed, NamedAction, Step } from './one-step.ts';

type Ask = Extract<Deed, { kind: 'ask' }>;
type Unasked = Exclude<Deed, Ask>;

/** Deeds without a question between them, then a question, or the snapshot that was reached. */
interface Stretch {
  readonly deeds: readonly Unasked[];
  readonly ask?: Ask;
  yes?: Stretch | undefined;
  no?: Stretch | undefined;
  /** Its context is not part of it. */
  readonly end?: AnyMachineSnapshot;
}

interface ChartEvent {
  readonly type: string;
}

/** Ways kept at most: bounds memory where a chart is walked everywhere, as by an explorer. */
const WAYS_MAX = 50_000;

export interface LearnedSteps {
  /** Undefined: not known, and XState must say. */
  start(input: unknown): Step | undefined;
  next(snapshot: AnyMachineSnapshot, event: ChartEvent): Step | undefined;
  learnStart(tape: Tape, reached: AnyMachineSnapshot): void;
  learnNext(from: AnyMachineSnapshot, type: string, tape: Tape, reached: AnyMachineSnapshot): void;
}

/** Ways are found by the list of active nodes, which snapshots in one state share. */
export function createLearnedSteps(machine: AnyStateMachine): LearnedSteps {
  const roots = new Map<unknown, Map<string, Stretch>>();
  const { context: first } = machine.config as { context?: unknown };
  let ways = 0;
  const learn = (place: unknown, type: string, tape: Tape, reached: AnyMachineSnapshot): void => {
    if (ways >= WAYS_MAX || reached.status === 'error') return;
    ways += 1;
    let events = roots.get(place);
    if (events === undefined) roots.set(place, (events = new Map()));
    const known = events.get(type);
    if (known === undefined) events.set(type, stretchOf(tape.deeds, 0, reached));
    else extend(known, tape.deeds, reached);
  };
  return {
    start: (input) => {
      const root = roots.get(START)?.get(START);
      if (root === undefined) return undefined;
      const context = typeof first === 'function' ? (first as FirstContext)({ input }) : (first ?? {});
      return walk(root, context, { type: 'xstate.init' });
    },
    next: (from, event) => {
      const { _nodes: place, context } = from;
      const root = roots.get(place)?.get(event.type);
      return root === undefined ? undefined : walk(root, context as object, event, from);
    },
    learnStart: (tape, reached) => learn(START, START, tape, reached),
    learnNext: ({ _nodes }, type, tape, reached) => learn(_nodes, type, tape, reached),
  };
}

const START = 'start';

type FirstContext = (args: { input: unknown }) => object;

/** Undefined where a guard answers as never before, and where anything throws: XState says what and where. */
function walk(root: Stretch, before: object, sent: ChartEvent, from?: AnyMachineSnapshot): Step | undefined {
  const armed: Armed[] = [];
  const cancelled: string[] = [];
  const actions: NamedAction[] = [];
  let context = before;
  /** Made here, and held by nobody else: it may be changed where it stands. */
  let own = false;
  let at: Stretch | undefined = root;
  try {
    while (at !== undefined) {
      for (const deed of at.deeds) {
        if (deed.kind === 'cancel') {
          cancelled.push(deed.timerId);
          const index = armed.findIndex(({ timerId }) => timerId === deed.timerId);
          if (index >= 0) armed.splice(index, 1);
          continue;
        }
        const event = deed.on ?? sent;
        if (deed.kind === 'change') {
          const change = deed.change({ context, event });
          context = Object.assign(own ? context : { ...context }, change);
          own = true;
        } else if (deed.kind === 'act') {
          actions.push({ type: deed.type, context, event });
          own = false;
        } else armed.push({ timerId: deed.timerId, delayMs: delayOf(deed.delay, { context, event }) });
      }
      const { ask, end }: Stretch = at;
      if (end !== undefined) {
        const stayed = from !== undefined && context === before && isSameState(end, from);
        const snapshot = stayed ? from : ({ ...end, context } as AnyMachineSnapshot);
        return { snapshot, armed, cancelled, actions };
      }
      if (ask === undefined) return undefined;
      at = ask.guard({ context, event: ask.on ?? sent }) ? at.yes : at.no;
    }
  } catch {
    return undefined;
  }
  return undefined;
}

function isSameState({ _nodes: one }: AnyMachineSnapshot, { _nodes: other }: AnyMachineSnapshot): boolean {
  return one === other;
}

type DelayOf = Extract<Deed, { kind: 'arm' }>['delay'];

function delayOf(delay: DelayOf, moment: { context: unknown; event: ChartEvent }): number {
  return typeof delay === 'number' ? delay : delay(moment);
}

/** The deeds from here to the next question, and what follows its answer. */
function stretchOf(deeds: readonly Deed[], from: number, reached: AnyMachineSnapshot): Stretch {
  const rest = deeds.slice(from);
  const until = rest.findIndex(({ kind }) => kind === 'ask');
  if (until < 0) return { deeds: rest as Unasked[], end: { ...reached, context: undefined } as never };
  const ask = rest[until] as Ask;
  const then = stretchOf(deeds, from + until + 1, reached);
  const stretch: Stretch = { deeds: rest.slice(0, until) as Unasked[], ask };
  if (ask.answer) stretch.yes = then;
  else stretch.no = then;
  return stretch;
}

/** The new way leaves a known one at the first question that it answers differently. */
function extend(root: Stretch, deeds: readonly Deed[], reached: AnyMachineSnapshot): void {
  let at = root;
  let passed = 0;
  for (;;) {
    passed += at.deeds.length;
    const asked = deeds[passed];
    if (at.ask === undefined || asked?.kind !== 'ask') return;
    passed += 1;
    const side = asked.answer ? 'yes' : 'no';
    const next = at[side];
    if (next === undefined) {
      at[side] = stretchOf(deeds, passed, reached);
      return;
    }
    at = next;
  }
}
