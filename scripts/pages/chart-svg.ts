/**
 * A statechart as an SVG file in light and dark, for `onhook machine export --format svg`. The layout
 * engine is needed here only, so the files are written with the documentation and ship as they are.
 */
import { arrowsOf } from '../../src/cli/machine/chart.ts';
import type { Chart } from '../../src/cli/machine/chart.ts';
import { arrange, curve, INSET, TITLE, WIDTH } from '../../ui/chart/arrange.ts';
import type { Placed } from '../../ui/chart/arrange.ts';
import { layoutChart, layoutFlat } from '../../ui/chart/layout.ts';
import type { ChartNode, Lane } from '../../ui/chart/layout.ts';

const MARGIN = 20;
const HEADING = 34;
const LINE = 17;
/** Of a line of text, so that it ends before the frame. */
const LINE_CHARACTERS = 165;

const STYLE = `
  svg { --bg: #fff; --card: #fff; --sunken: #f3f5f8; --line: #b9c1cb; --text: #1a1f26; --soft: #55606b; --accent: #0b5fcc }
  @media (prefers-color-scheme: dark) {
    svg { --bg: #101317; --card: #1d2229; --sunken: #161a20; --line: #46505b; --text: #e6e9ee; --soft: #a3aeb9; --accent: #6cb0ff }
  }
  .page { fill: var(--bg) }
  text { font: 12px system-ui, sans-serif; fill: var(--text) }
  .heading { font-size: 17px; font-weight: 600 }
  .name { font-size: 14px; font-weight: 600; fill: var(--accent) }
  .soft { fill: var(--soft) }
  .frame { fill: var(--sunken); stroke: var(--line) }
  .ground, .node rect { fill: var(--card); stroke: var(--line) }
  .node.initial rect { stroke: var(--accent); stroke-width: 1.6 }
  .node.final rect { stroke-width: 3 }
  .edge, .head { fill: none; stroke: var(--soft) }`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function moved(x: number, y: number, look: string, inside: string): string {
  return `<g class="${look}" transform="translate(${round(x)} ${round(y)})">${inside}</g>`;
}

function textAt(x: number, y: number, look: string, text: string): string {
  return `<text class="${look}" x="${x}" y="${y}">${escaped(text)}</text>`;
}

function nodeSvg({ x, y, width, height, kind, label, path, exits }: ChartNode): string {
  const box = `<rect width="${round(width)}" height="${height}" rx="${kind === 'final' ? height / 2 : 6}"/>`;
  const words = `<text x="${round(width / 2)}" y="${height / 2 + 4}" text-anchor="middle">${escaped(label)}</text>`;
  const title = `<title>${escaped([path, ...exits].join('\n'))}</title>`;
  return moved(x - width / 2, y - height / 2, `node ${kind}`, `${title}${box}${words}`);
}

function laneSvg({ x, y, title, width, height, edges, nodes }: Lane): string {
  const ground = `<rect class="ground" width="${round(width)}" height="${round(height)}" rx="6"/>`;
  const arrows = edges.map(({ points, labels }) => {
    const path = curve(points.map((point) => ({ x: round(point.x), y: round(point.y) })));
    return `<path class="edge" d="${path}" marker-end="url(#arrow)"><title>${escaped(labels.join('\n'))}</title></path>`;
  });
  const head = title === '' ? '' : `${ground}${textAt(12, 16, 'soft', title)}`;
  return moved(x, y, 'lane', [head, ...arrows, ...nodes.map(nodeSvg)].join('\n'));
}

/** What leads out of each top state, cause by cause: `→ terminating: caller.left, room.finished`. */
function waysOut(chart: Chart): Map<string, string[]> {
  const causes = new Map<string, Map<string, Set<string>>>();
  for (const { from, to, label } of arrowsOf(chart)) {
    const [source = '', target = ''] = [from[0], to[0]];
    if (source === target) continue;
    const targets = causes.get(source) ?? new Map<string, Set<string>>();
    causes.set(source, targets);
    targets.set(target, (targets.get(target) ?? new Set()).add(label.replace(/ \[.*/, '')));
  }
  return new Map(
    [...causes].map(([source, targets]) => [
      source,
      [...targets].flatMap(([target, labels]) => wrapped(`→ ${target}: ${[...labels].join(', ')}`)),
    ]),
  );
}

function wrapped(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length < LINE_CHARACTERS) lines[lines.length - 1] = `${line}${word} `;
    else lines.push(`    ${word} `);
  }
  return lines.map((line) => line.trimEnd());
}

function panelSvg({ panel, left, top, width, height }: Placed, ways: readonly string[]): string {
  const frame = `<rect class="frame" width="${width}" height="${round(height)}" rx="8"/>`;
  const lines = ways.map((line, index) =>
    textAt(INSET, TITLE + panel.height + (index + 1) * LINE, 'soft', line.replace(/^ +/, '\u2003')),
  );
  const lanes = moved(INSET, TITLE, 'lanes', panel.lanes.map(laneSvg).join('\n'));
  return moved(
    left,
    top,
    'panel',
    [frame, textAt(INSET, 20, 'name', panel.path), lanes, ...lines].join('\n'),
  );
}

function drawing(title: string, height: number, inside: string): string {
  const [width, tall] = [WIDTH + 2 * MARGIN, Math.ceil(height + HEADING + 2 * MARGIN)];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}
</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.8 L7 4 L0 7.2" class="head"/></marker></defs>
<rect class="page" width="${width}" height="${tall}"/>
${textAt(MARGIN, MARGIN + 14, 'heading', title)}
${moved(MARGIN, MARGIN + HEADING, 'chart', inside)}
</svg>
`;
}

/** A chart whose states have states: a panel each, and below it what leads out of it. Pure. */
export function nestedSvg(title: string, chart: Chart): string {
  const ways = waysOut(chart);
  const roomy = layoutChart(chart, WIDTH - 2 * INSET).map((panel) => ({
    panel,
    lines: ways.get(panel.path) ?? [],
  }));
  const placed = arrange(
    // A panel with lines below takes the whole width: they would not fit into half of it.
    roomy.map(({ panel, lines }) => ({ ...panel, width: WIDTH, height: panel.height + lines.length * LINE })),
    () => true,
  );
  const everywhere = ways.get('') ?? [];
  const top = everywhere.length * LINE;
  const panels = placed.map((one, index) => {
    const { panel, lines } = roomy[index] ?? { panel: one.panel, lines: [] };
    return panelSvg({ ...one, panel, top: one.top + top }, lines);
  });
  const height = Math.max(...placed.map((one) => one.top + one.height)) + top;
  const head = everywhere.map((line, index) =>
    textAt(0, (index + 0.4) * LINE, 'soft', `In every state ${line}`),
  );
  return drawing(title, height, [...head, ...panels].join('\n'));
}

/** A chart without sub-states. Pure. */
export function flatSvg(title: string, chart: Chart): string {
  const panel = layoutFlat(chart, WIDTH);
  return drawing(title, panel.height, panel.lanes.map(laneSvg).join('\n'));
}
