/** A statechart's configuration as plain data: enough of XState's form to draw it. */

/** `"active"`, `{target, guard}`, or several of them, tried in order. */
export type ChartTransition =
  | string
  | {
      readonly target?: string | readonly string[] | undefined;
      readonly guard?: unknown;
      readonly actions?: unknown;
    };

type Transitions = Readonly<
  Record<string | number, ChartTransition | readonly ChartTransition[] | undefined>
>;

export interface Chart {
  readonly id?: string;
  readonly type?: string;
  readonly initial?: unknown;
  readonly states?: Readonly<Record<string, Chart>>;
  readonly on?: Transitions;
  readonly after?: Transitions;
  readonly always?: ChartTransition | readonly ChartTransition[];
  readonly onDone?: ChartTransition | readonly ChartTransition[];
}

/** One arrow. Paths are keys from the root. */
export interface Arrow {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** `mark.echoed [isConfirmed]`, `after drainMs`. */
  readonly label: string;
}

function listOf(value: ChartTransition | readonly ChartTransition[] | undefined): readonly ChartTransition[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly ChartTransition[]) : [value as ChartTransition];
}

function guardName(guard: unknown): string | undefined {
  if (typeof guard === 'string') return guard;
  const named = typeof guard === 'object' && guard !== null && 'type' in guard ? guard.type : undefined;
  return typeof named === 'string' ? named : undefined;
}

/** `#id.a.b` from the root or from a state with that id, `.a` below the state, `a` beside it. */
function resolve(
  target: string,
  from: readonly string[],
  ids: ReadonlyMap<string, readonly string[]>,
): string[] {
  if (target.startsWith('#')) {
    const [id = '', ...rest] = target.slice(1).split('.');
    const exact = ids.get(target.slice(1));
    return exact === undefined ? [...(ids.get(id) ?? []), ...rest] : [...exact];
  }
  if (target.startsWith('.')) return [...from, ...target.slice(1).split('.')];
  return [...from.slice(0, -1), ...target.split('.')];
}

function idsOf(chart: Chart, path: readonly string[] = []): [string, readonly string[]][] {
  const own: [string, readonly string[]][] = chart.id === undefined ? [] : [[chart.id, path]];
  const below = Object.entries(chart.states ?? {}).flatMap(([key, child]) => idsOf(child, [...path, key]));
  return [...own, ...below];
}

function labelled(chart: Chart): [string, ChartTransition][] {
  const named = (transitions: Transitions | undefined, prefix: string): [string, ChartTransition][] =>
    Object.entries(transitions ?? {}).flatMap(([name, value]) =>
      listOf(value).map((one): [string, ChartTransition] => [`${prefix}${name}`, one]),
    );
  const bare = (value: Chart['always'], label: string): [string, ChartTransition][] =>
    listOf(value).map((one) => [label, one]);
  return [
    ...named(chart.on, ''),
    ...named(chart.after, 'after '),
    ...bare(chart.always, 'always'),
    ...bare(chart.onDone, 'done'),
  ];
}

/** Every transition that goes somewhere, in the order of the chart. Pure. */
export function arrowsOf(root: Chart): Arrow[] {
  const ids = new Map(idsOf(root));
  const walk = (chart: Chart, from: readonly string[]): Arrow[] => {
    const own = labelled(chart).flatMap(([name, transition]): Arrow[] => {
      const { target, guard } = typeof transition === 'string' ? { target: transition } : { ...transition };
      const condition = guardName(guard);
      const label = condition === undefined ? name : `${name} [${condition}]`;
      const targets = target === undefined ? [] : [target].flat();
      return targets.map((one) => ({ from, to: resolve(one, from, ids), label }));
    });
    const below = Object.entries(chart.states ?? {}).flatMap(([key, child]) => walk(child, [...from, key]));
    return [...own, ...below];
  };
  return walk(root, []);
}
