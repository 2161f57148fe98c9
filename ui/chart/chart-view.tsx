/** A statechart as SVG: current states lit, the travelled path coloured, the rest pale. */
import { useMemo, useState } from 'preact/hooks';
import type { Chart } from '../../src/cli/machine/chart.ts';
import { layoutChart, layoutFlat } from './layout.ts';
import type { ChartEdge, ChartNode, Lane, Panel, Point } from './layout.ts';
import type { Travelled } from './travelled.ts';

const WIDTH = 1180;
const INSET = 14;
const TITLE = 30;
const GAP = 10;

const NOWHERE: Travelled = { current: new Set(), visited: new Set(), edges: new Set(), passages: [] };

interface Props {
  readonly chart: Chart;
  readonly travelled?: Travelled;
  /** Every panel open; else those that the call has seen. */
  readonly whole?: boolean;
  readonly title: string;
}

/** A list of top states, each open or folded. */
export function ChartView({ chart, travelled = NOWHERE, whole = false, title }: Props) {
  const [all, setAll] = useState(whole);
  const nested = Object.values(chart.states ?? {}).some(({ states }) => states !== undefined);
  const panels = useMemo(
    () => (nested ? layoutChart(chart, WIDTH - 2 * INSET) : [layoutFlat(chart, WIDTH)]),
    [chart, nested],
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
          {placed.map((one) => (
            <PanelView key={one.panel.path} placed={one} travelled={travelled} framed={nested} />
          ))}
        </svg>
      </div>
    </figure>
  );
}

interface Placed {
  readonly panel: Panel;
  readonly open: boolean;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** One below the other, and two that are narrow side by side. */
function arrange(panels: readonly Panel[], isOpen: (path: string) => boolean): Placed[] {
  const half = (WIDTH - GAP) / 2;
  const placed: Placed[] = [];
  let top = 0;
  for (let index = 0; index < panels.length; index += 1) {
    const row = panels.slice(index, index + 2);
    const together = row.length === 2 && row.every(({ width }) => width + 2 * INSET <= half);
    const shown = together ? row : row.slice(0, 1);
    const heights = shown.map(({ path, lanes, height }) =>
      isOpen(path) && lanes.length > 0 ? TITLE + height + INSET : TITLE,
    );
    const height = Math.max(...heights);
    shown.forEach((panel, column) =>
      placed.push({
        panel,
        open: isOpen(panel.path),
        left: column * (half + GAP),
        top,
        width: together ? half : WIDTH,
        height,
      }),
    );
    top += height + GAP;
    if (together) index += 1;
  }
  return placed;
}

function flat(panels: readonly Panel[]): Placed[] {
  return panels.map((panel) => ({ panel, open: true, left: 0, top: 0, width: WIDTH, height: panel.height }));
}

interface PanelProps {
  readonly placed: Placed;
  readonly travelled: Travelled;
  readonly framed: boolean;
}

function PanelView({ placed, travelled, framed }: PanelProps) {
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
  const { x, y, width, height, kind, label, path, exits } = node;
  return (
    <g
      class={`node ${state} ${kind}`}
      data-state={path}
      transform={`translate(${x - width / 2} ${y - height / 2})`}
    >
      <title>{[path, ...exits].join('\n')}</title>
      <rect width={width} height={height} rx={kind === 'final' ? height / 2 : 6} />
      <text x={width / 2} y={height / 2 + 4} text-anchor="middle">
        {label}
      </text>
    </g>
  );
}

/** Through the points, rounded at each. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const last = rest.at(-1) ?? first;
  const middle = rest.slice(0, -1);
  const parts = middle.map((point, index) => {
    const next = middle[index + 1] ?? last;
    const end = index === middle.length - 1 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${point.x} ${point.y} ${end.x} ${end.y}`;
  });
  return `M${first.x} ${first.y}${parts.length === 0 ? `L${last.x} ${last.y}` : parts.join('')}`;
}
