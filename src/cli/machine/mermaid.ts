/** Draws a statechart as a Mermaid state diagram, for Markdown that renders it. */
import { arrowsOf } from './chart.ts';
import type { Arrow, Chart } from './chart.ts';

/** More labels than this on one arrow hide the diagram; the chart itself has them all. */
const LABELS_MAX = 4;

function idOf(path: readonly string[]): string {
  return path.length === 0 ? 'call' : path.join('__').replace(/[^A-Za-z0-9]/g, '_');
}

function statesOf(chart: Chart, path: readonly string[], depth: number): string[] {
  const indent = '  '.repeat(depth);
  const parallel = chart.type === 'parallel';
  const lines: string[] = [];
  if (typeof chart.initial === 'string') lines.push(`${indent}[*] --> ${idOf([...path, chart.initial])}`);
  Object.entries(chart.states ?? {}).forEach(([key, child], index) => {
    if (parallel && index > 0) lines.push(`${indent}--`);
    const id = idOf([...path, key]);
    if (child.states === undefined) lines.push(`${indent}state "${key}" as ${id}`);
    else {
      const inside = statesOf(child, [...path, key], depth + 1);
      lines.push(`${indent}state "${key}" as ${id} {`, ...inside, `${indent}}`);
    }
    if (child.type === 'final') lines.push(`${indent}${id} --> [*]`);
  });
  return lines;
}

function merged(arrows: readonly Arrow[]): string[] {
  const labels = new Map<string, Set<string>>();
  for (const { from, to, label } of arrows) {
    const key = `${idOf(from)} --> ${idOf(to)}`;
    labels.set(key, (labels.get(key) ?? new Set()).add(label));
  }
  return [...labels].map(([key, all]) => {
    const shown = [...all].slice(0, LABELS_MAX);
    const more = all.size > LABELS_MAX ? [`${all.size - LABELS_MAX} more`] : [];
    return `  ${key} : ${[...shown, ...more].join(', ').replace(/[:;#]/g, ' ')}`;
  });
}

/** Only the top states and the ways between them. Pure. */
export function mermaidOverview(chart: Chart): string {
  const arrows = arrowsOf(chart)
    .map(({ from, to, label }) => ({
      from: from.slice(0, 1),
      to: to.slice(0, 1),
      label: label.replace(/ \[.*/, ''),
    }))
    .filter(({ from, to }) => from.length > 0 && idOf(from) !== idOf(to));
  const flat = Object.entries(chart.states ?? {}).map(([key, { type }]): [string, Chart] => [
    key,
    type === 'final' ? { type } : {},
  ]);
  const top = { initial: chart.initial, states: Object.fromEntries(flat) };
  return `${['stateDiagram-v2', ...statesOf(top, [], 1), ...merged(arrows)].join('\n')}\n`;
}

/** The whole diagram. Transitions of the root are left out: they hold in every state. Pure. */
export function mermaid(chart: Chart): string {
  const arrows = arrowsOf(chart).filter(({ from, to }) => from.length > 0 && idOf(from) !== idOf(to));
  return `${['stateDiagram-v2', ...statesOf(chart, [], 1), ...merged(arrows)].join('\n')}\n`;
}
