/**
 * Where everything of a statechart stands, from the machine's own definition: one panel for each top
 * state, in it a lane for each region, in a lane the states with their arrows. Pure, made once.
 */
import { Graph, layout } from '@dagrejs/dagre';
import { arrowsOf } from '../../src/cli/machine/chart.ts';
import type { Arrow, Chart } from '../../src/cli/machine/chart.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ChartNode extends Point {
  /** `terminating.carrier.asking` */
  readonly path: string;
  readonly label: string;
  readonly width: number;
  readonly height: number;
  readonly kind: 'initial' | 'final' | 'plain';
  /** Ways out of this panel: `caller.left → terminating`. */
  readonly exits: readonly string[];
  /** Of its timers, for whoever asked for them. */
  readonly notes: readonly TimerNote[];
}

/** How long a timer of the chart runs, and where that was set. */
export interface TimerNote {
  /** `15 s` */
  readonly text: string;
  readonly title: string;
  /** Not by default. */
  readonly changed: boolean;
}

/** What is to be said of a delay of the chart: `drain`. */
export type NoteOf = (delay: string) => TimerNote | undefined;

export interface ChartEdge {
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  readonly labels: readonly string[];
}

export interface Lane extends Point {
  readonly path: string;
  /** Empty for a state without regions. */
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly ChartNode[];
  readonly edges: readonly ChartEdge[];
}

export interface Panel {
  readonly path: string;
  readonly lanes: readonly Lane[];
  /** Of its widest shelf. */
  readonly width: number;
  /** Below its title. */
  readonly height: number;
}

const NODE_HEIGHT = 26;
/** With a second line for its timer. */
const NOTED_HEIGHT = 38;
const CHARACTER_WIDTH = 6.4;
const LANE_TITLE = 20;
const LANE_PADDING = 12;
const GAP = 12;

const WITHOUT_NOTES: NoteOf = () => undefined;

/** What is to be said of a state's own timers. */
export function notesOf({ after = {} }: Chart, noteOf: NoteOf): TimerNote[] {
  return Object.keys(after).flatMap((delay) => noteOf(delay) ?? []);
}

/** Panels for a drawing of that width. */
export function layoutChart(root: Chart, width: number, noteOf: NoteOf = WITHOUT_NOTES): Panel[] {
  const arrows = arrowsOf(root);
  return Object.entries(root.states ?? {}).map(([key, state]) => {
    const regions = state.type === 'parallel' ? Object.entries(state.states ?? {}) : [];
    const lanes =
      regions.length > 0
        ? regions.map(([name, region]) => laneOf(`${key}.${name}`, name, region, arrows, noteOf))
        : state.states === undefined
          ? []
          : [laneOf(key, '', state, arrows, noteOf)];
    return { path: key, ...shelve(lanes, width) };
  });
}

/** A machine without sub-states is one panel with one lane. */
export function layoutFlat(root: Chart, width: number): Panel {
  const lane = laneOf('', '', root, arrowsOf(root), WITHOUT_NOTES);
  return { path: '', ...shelve([lane], width) };
}

interface Leaf {
  readonly path: string;
  readonly label: string;
  readonly kind: ChartNode['kind'];
  readonly notes: readonly TimerNote[];
}

/** A state with states of its own is shown by those. */
function leavesOf(chart: Chart, path: string, noteOf: NoteOf, prefix = ''): Leaf[] {
  return Object.entries(chart.states ?? {}).flatMap(([key, state]): Leaf[] => {
    const own = path === '' ? key : `${path}.${key}`;
    if (state.states !== undefined) return leavesOf(state, own, noteOf, `${prefix}${key}: `);
    const kind = state.type === 'final' ? 'final' : chart.initial === key ? 'initial' : 'plain';
    return [{ path: own, label: prefix + key, kind, notes: notesOf(state, noteOf) }];
  });
}

function laneOf(path: string, title: string, chart: Chart, arrows: readonly Arrow[], noteOf: NoteOf): Lane {
  const leaves = leavesOf(chart, path, noteOf);
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: 'LR', nodesep: 8, ranksep: 24, edgesep: 6, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const leaf of leaves) graph.setNode(leaf.path, sizeOf(leaf));
  const labels = new Map<string, string[]>();
  for (const arrow of arrows) {
    for (const [from, to] of endsOf(arrow, leaves)) {
      const key = `${from}>${to}`;
      labels.set(key, [...(labels.get(key) ?? []), arrow.label]);
      graph.setEdge(from, to, {});
    }
  }
  layout(graph);
  return placed(path, title, leaves, graph, labels, exitsOf(arrows, path));
}

function sizeOf({ label, notes }: Leaf): { width: number; height: number } {
  const longest = Math.max(label.length, noteLine(notes).length);
  return { width: longest * CHARACTER_WIDTH + 18, height: notes.length === 0 ? NODE_HEIGHT : NOTED_HEIGHT };
}

/** The line below the name. */
export function noteLine(notes: readonly TimerNote[]): string {
  return notes.map(({ text }) => text).join(', ');
}

/** An arrow of a state with states of its own leaves from each of them and enters at its first. */
function endsOf(arrow: Arrow, leaves: readonly Leaf[]): [string, string][] {
  const [from, to] = [arrow.from.join('.'), arrow.to.join('.')];
  const within = (path: string): Leaf[] =>
    leaves.filter((leaf) => leaf.path === path || leaf.path.startsWith(`${path}.`));
  const target = within(to)[0];
  if (target === undefined || from === '' || from === to) return [];
  return within(from)
    .filter(({ path }) => path !== target.path)
    .map(({ path }) => [path, target.path]);
}

function exitsOf(arrows: readonly Arrow[], lane: string): Map<string, string[]> {
  const exits = new Map<string, string[]>();
  for (const { from, to, label } of arrows) {
    const path = from.join('.');
    if (lane === '' || !path.startsWith(`${lane}.`) || to[0] === from[0]) continue;
    exits.set(path, [...(exits.get(path) ?? []), `${label} → ${to.join('.')}`]);
  }
  return exits;
}

function placed(
  path: string,
  title: string,
  leaves: readonly Leaf[],
  graph: Graph,
  labels: ReadonlyMap<string, readonly string[]>,
  exits: ReadonlyMap<string, readonly string[]>,
): Lane {
  const top = title === '' ? LANE_PADDING : LANE_TITLE + LANE_PADDING / 2;
  const moved = ({ x, y }: Point): Point => ({ x: x + LANE_PADDING, y: y + top });
  const nodes = leaves.map((leaf): ChartNode => {
    const { x, y, width, height } = graph.node(leaf.path) as Point & { width: number; height: number };
    return { ...leaf, ...moved({ x, y }), width, height, exits: exits.get(leaf.path) ?? [] };
  });
  const edges = (graph.edges() as { v: string; w: string }[]).map(({ v, w }): ChartEdge => {
    const { points = [] } = graph.edge({ v, w }) as { points?: Point[] };
    return { from: v, to: w, points: points.map(moved), labels: labels.get(`${v}>${w}`) ?? [] };
  });
  // The box of everything drawn: arrows may bend beyond the states.
  const all = [
    ...nodes.map(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 })),
    ...edges.flatMap(({ points }) => points),
  ];
  const width = Math.max(title.length * CHARACTER_WIDTH + 24, ...all.map(({ x }) => x + LANE_PADDING));
  const height = Math.max(...all.map(({ y }) => y + LANE_PADDING));
  return { path, title, x: 0, y: 0, width, height, nodes, edges };
}

/** Lanes side by side while there is room, then on the next shelf. */
function shelve(lanes: readonly Lane[], width: number): { lanes: Lane[]; width: number; height: number } {
  let [x, y, tallest, widest] = [0, 0, 0, 0];
  const shelved = lanes.map((lane) => {
    if (x > 0 && x + lane.width > width) [x, y, tallest] = [0, y + tallest + GAP, 0];
    const put = { ...lane, x, y };
    x += lane.width + GAP;
    tallest = Math.max(tallest, lane.height);
    widest = Math.max(widest, x - GAP);
    return put;
  });
  return { lanes: shelved, width: widest, height: y + tallest };
}
