/** A statechart as SVG: current states lit, the travelled path coloured, the rest pale. */
import { useMemo, useState } from 'preact/hooks';
import type { Chart } from '../../src/cli/machine/chart.ts';
import { arrange, curve, INSET, TITLE, WIDTH } from './arrange.ts';
import type { Placed } from './arrange.ts';
import { layoutChart, layoutFlat, noteLine, notesOf } from './layout.ts';
import type { ChartEdge, ChartNode, Lane, NoteOf, Panel, TimerNote } from './layout.ts';
import type { Travelled } from './travelled.ts';

const NOWHERE: Travelled = { current: new Set(), visited: new Set(), edges: new Set(), passages: [] };

interface Props {
  readonly chart: Chart;
  readonly travelled?: Travelled;
  /** Every panel open; else those that the call has seen. */
  readonly whole?: boolean;
  readonly title: string;
  /** Writes beside each state how long it waits at most. */
  readonly noteOf?: NoteOf;
}

const NO_NOTES: NoteOf = () => undefined;

/** A list of top states, each open or folded. */
export function ChartView({ chart, travelled = NOWHERE, whole = false, title, noteOf = NO_NOTES }: Props) {
  const [all, setAll] = useState(whole);
  const nested = Object.values(chart.states ?? {}).some(({ states }) => states !== undefined);
  const panels = useMemo(
    () => (nested ? layoutChart(chart, WIDTH - 2 * INSET, noteOf) : [layoutFlat(chart, WIDTH)]),
    [chart, nested, noteOf],
  );
  const placed = nested ? arrange(panels, (path) => all || travelled.visited.has(path)) : flat(panels);
  const height = Math.max(40, ...placed.map((one) => one.top + one.height));
  const words = [...travelled.current].filter((path) => !path.includes('.')).join(', ');
  return (
    <figure class={`chart ${whole ? 'whole' : ''}`}>
      {nested && !whole && (
        <label class="check">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />
          Show every state
        </label>
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label={`${title}, diagram`}>
        <svg
          viewBox={`0 0 ${WIDTH} ${height}`}
          role="img"
          aria-label={`${title}${words === '' ? '' : `: in ${words}`}`}
        >
          <ArrowHead />
          {placed.map((one) => (
            <PanelView
              key={one.panel.path}
              placed={one}
              travelled={travelled}
              framed={nested}
              notes={notesOf(chart.states?.[one.panel.path] ?? {}, noteOf)}
            />
          ))}
        </svg>
      </div>
    </figure>
  );
}

function ArrowHead() {
  return (
    <defs>
      <marker
        id="arrow"
        viewBox="0 0 8 8"
        refX="7"
        refY="4"
        markerWidth="7"
        markerHeight="7"
        orient="auto-start-reverse"
      >
        <path d="M0 0.8 L7 4 L0 7.2" class="head" />
      </marker>
    </defs>
  );
}

function flat(panels: readonly Panel[]): Placed[] {
  return panels.map((panel) => ({ panel, open: true, left: 0, top: 0, width: WIDTH, height: panel.height }));
}

interface PanelProps {
  readonly placed: Placed;
  readonly travelled: Travelled;
  readonly framed: boolean;
  /** Of the state as a whole. */
  readonly notes: readonly TimerNote[];
}

function PanelView({ placed, travelled, framed, notes }: PanelProps) {
  const { panel, open, left, top, width, height } = placed;
  const { path, lanes } = panel;
  const entered = travelled.passages.findLast(({ to }) => to === path);
  return (
    <g
      class={`panel ${look(path, travelled)} s-${path}`}
      data-state={path}
      transform={`translate(${left} ${top})`}
    >
      {framed && (
        <>
          <rect class="frame" x="0.5" y="0.5" width={width - 1} height={height - 1} rx="8" />
          <text class="name" x="14" y="20">
            {path}
          </text>
          {entered !== undefined && (
            <text class="cause" x={width - 14} y="20" text-anchor="end">
              entered by {entered.cause}
            </text>
          )}
          {notes.length > 0 && (
            <text class={noteLook(notes)} x={width - 14} y="20" text-anchor="end">
              <title>{notes.map((note) => note.title).join('\n')}</title>
              {noteLine(notes)}
            </text>
          )}
        </>
      )}
      {open && (
        <g transform={`translate(${framed ? INSET : 0} ${framed ? TITLE : 0})`}>
          {lanes.map((lane) => (
            <LaneView key={lane.path} lane={lane} travelled={travelled} />
          ))}
        </g>
      )}
    </g>
  );
}

function look(path: string, { current, visited }: Travelled): string {
  if (current.has(path)) return 'now';
  return visited.has(path) ? 'seen' : 'idle';
}

function LaneView({ lane, travelled }: { readonly lane: Lane; readonly travelled: Travelled }) {
  const pale = (edge: ChartEdge): boolean => !travelled.edges.has(`${edge.from}>${edge.to}`);
  return (
    <g class="lane" transform={`translate(${lane.x} ${lane.y})`}>
      {lane.title !== '' && <rect class="ground" width={lane.width} height={lane.height} rx="6" />}
      {lane.title !== '' && (
        <text class="lane-title" x="12" y="16">
          {lane.title}
        </text>
      )}
      {[...lane.edges.filter(pale), ...lane.edges.filter((edge) => !pale(edge))].map((edge) => (
        <path
          key={`${edge.from}>${edge.to}`}
          class={`edge ${pale(edge) ? 'idle' : 'taken'}`}
          d={curve(edge.points)}
          marker-end="url(#arrow)"
        >
          <title>{edge.labels.join('\n')}</title>
        </path>
      ))}
      {lane.nodes.map((node) => (
        <NodeView key={node.path} node={node} look={look(node.path, travelled)} />
      ))}
    </g>
  );
}

function NodeView({ node, look: state }: { readonly node: ChartNode; readonly look: string }) {
  const { x, y, width, height, kind, label, path, exits, notes } = node;
  const middle = notes.length === 0 ? height / 2 + 4 : height / 2 - 3;
  return (
    <g
      class={`node ${state} ${kind}`}
      data-state={path}
      transform={`translate(${x - width / 2} ${y - height / 2})`}
    >
      <title>{[path, ...notes.map((note) => note.title), ...exits].join('\n')}</title>
      <rect width={width} height={height} rx={kind === 'final' ? height / 2 : 6} />
      <text x={width / 2} y={middle} text-anchor="middle">
        {label}
      </text>
      {notes.length > 0 && (
        <text class={noteLook(notes)} x={width / 2} y={middle + 14} text-anchor="middle">
          {noteLine(notes)}
        </text>
      )}
    </g>
  );
}

function noteLook(notes: readonly TimerNote[]): string {
  return notes.some(({ changed }) => changed) ? 'note changed' : 'note';
}
