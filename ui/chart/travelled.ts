/** Which states a call was in and which arrows it took, from the states that its messages left it in. */
import type { Played } from '../../src/actors/tape.ts';
import { arrowsOf } from '../../src/cli/machine/chart.ts';
import type { Chart } from '../../src/cli/machine/chart.ts';
import { pathsOf } from '../words/states.ts';
import { textOf } from '../words/text.ts';

export interface Travelled {
  /** Paths of the states in force. */
  readonly current: ReadonlySet<string>;
  /** Paths of all states that were in force at some time, the present ones too. */
  readonly visited: ReadonlySet<string>;
  /** `from>to` of leaf states. */
  readonly edges: ReadonlySet<string>;
  /** Top states in the order of their entries, with the reason. */
  readonly passages: readonly { readonly to: string; readonly at: number; readonly cause: string }[];
}

/** What each state leads to without waiting for anything. */
function immediate(chart: Chart): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { from, to, label } of arrowsOf(chart)) {
    if (!label.startsWith('always')) continue;
    const path = from.join('.');
    found.set(path, [...(found.get(path) ?? []), to.join('.')]);
  }
  return found;
}

/** The way from one state to another through states that wait for nothing. */
function way(from: string, to: string, always: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const queue: string[][] = [[from]];
  const seen = new Set([from]);
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const last = path.at(-1) ?? from;
    if (last === to) return path;
    for (const next of always.get(last) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push([...path, next]);
    }
  }
  return undefined;
}

const leavesOf = (value: unknown): string[] => {
  const paths = pathsOf(value);
  return paths.filter((path) => !paths.some((other) => other.startsWith(`${path}.`)));
};

/** `terminating.carrier` of `terminating.carrier.asking`: leaves of one region replace each other. */
function regionOf(leaf: string, chart: Chart): string {
  const [top = '', region = ''] = leaf.split('.');
  return chart.states?.[top]?.type === 'parallel' ? `${top}.${region}` : top;
}

function initialOf(region: string, chart: Chart): string {
  let at: Chart | undefined = chart;
  for (const key of region.split('.')) at = at?.states?.[key];
  return typeof at?.initial === 'string' ? `${region}.${at.initial}` : region;
}

/** Follows the states that `played` left the call in. Pure. */
export function travelled(played: readonly Played[], chart: Chart): Travelled {
  const always = immediate(chart);
  const visited = new Set<string>();
  const edges = new Set<string>();
  const passages: Travelled['passages'][number][] = [];
  let before = new Map<string, string>();
  let value: unknown;
  for (const { state, notes, at } of played) {
    if (state === undefined || state.snapshot.value === value) continue;
    value = state.snapshot.value;
    const after = new Map(leavesOf(value).map((leaf) => [regionOf(leaf, chart), leaf]));
    const walk = (region: string, from: string | undefined, leaf: string): void => {
      if (from === leaf) return;
      const start = from ?? initialOf(region, chart);
      const first = from === undefined ? way(start, leaf, always) : undefined;
      const path = first ?? hop(start, leaf, always, edgesFrom(chart, start));
      path.forEach((step, index) => {
        visited.add(step);
        if (index > 0) edges.add(`${path[index - 1]}>${step}`);
      });
    };
    for (const [region, leaf] of after) walk(region, before.get(region), leaf);
    for (const [region, leaf] of finished(before, after, chart)) walk(region, before.get(region), leaf);
    for (const path of pathsOf(value)) visited.add(path);
    for (const { type, data } of notes) {
      if (type !== 'state.changed') continue;
      passages.push({ to: textOf(data['to']), at, cause: textOf(data['cause']) });
      visited.add(textOf(data['to']));
    }
    before = after;
  }
  return { current: new Set(pathsOf(value)), visited, edges, passages };
}

/** Regions that ended with the very step that left their state: all are in their last state then. */
function finished(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  chart: Chart,
): [string, string][] {
  return [...before.keys()].flatMap((region): [string, string][] => {
    const [top = '', name = ''] = region.split('.');
    const state = chart.states?.[top];
    const leftByEnd = after.has(textOf(state?.onDone)) && !after.has(region);
    const last = Object.entries(state?.states?.[name]?.states ?? {}).find(([, { type }]) => type === 'final');
    return leftByEnd && last !== undefined ? [[region, `${region}.${last[0]}`]] : [];
  });
}

function edgesFrom(chart: Chart, from: string): string[] {
  return arrowsOf(chart)
    .filter((arrow) => arrow.from.join('.') === from)
    .map(({ to }) => to.join('.'));
}

/** One arrow, and then states that wait for nothing. */
function hop(
  from: string,
  to: string,
  always: ReadonlyMap<string, readonly string[]>,
  next: readonly string[],
): string[] {
  if (next.includes(to)) return [from, to];
  for (const step of next) {
    const rest = way(step, to, always);
    if (rest !== undefined) return [from, ...rest];
  }
  return [from, to];
}
