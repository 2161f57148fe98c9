/** The Grafana dashboard shows every metric, names none that is not there, and asks what Prometheus understands. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { MetricDefinition } from '../../src/telemetry/metric-definitions.ts';
import { METRICS } from '../../src/telemetry/metric-definitions.ts';
import { check, promtool } from './promtool.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const file = join(import.meta.dirname, '../../deploy/grafana-dashboard.json');
const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: readonly Panel[] };
const shown = panels.filter(({ type }) => type !== 'row');
const metrics = Object.values<MetricDefinition>(METRICS);

/** The metric of a series, as Prometheus spells it: a histogram is asked for by its buckets. */
function metricOf(series: string): MetricDefinition | undefined {
  return metrics.find(({ name, kind }) => (kind === 'histogram' ? `${name}_bucket` : name) === series);
}

function seriesOf(panel: Panel): string[] {
  return (panel.targets ?? []).flatMap(({ expr }) => expr.match(/onhook_\w+/g) ?? []);
}

/** With what Grafana fills in. */
function filled(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replaceAll('$node', '.*');
}

describe('deploy/grafana-dashboard.json', () => {
  it('shows every metric', () => {
    const asked = new Set(shown.flatMap(seriesOf).map((series) => metricOf(series)?.name));
    expect(metrics.map(({ name }) => name).filter((name) => !asked.has(name))).toEqual([]);
  });

  it.each(shown)('$title: says what it means and asks for metrics and labels that the code has', (panel) => {
    expect(panel.description).toMatch(/^[A-Z].{20,}\.$/);
    expect(seriesOf(panel).length).toBeGreaterThan(0);
    for (const { expr, legendFormat } of panel.targets ?? []) {
      const [series = ''] = expr.match(/onhook_\w+/) ?? [];
      const metric = metricOf(series);
      expect(metric, series).toBeDefined();
      const labels = new Set(['le', 'instance', ...(metric?.labels ?? [])]);
      const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, all = '']) => all.split(', '));
      const matched = [...expr.matchAll(/[{ ](\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label);
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      expect([...grouped, ...matched].filter((label) => !labels.has(label))).toEqual([]);
      expect(named.filter((label) => !grouped.includes(label))).toEqual([]);
      // A counter by itself only grows.
      if (metric?.kind !== 'gauge') expect(expr).toMatch(/(rate|increase)\(/);
    }
  });

  it('has a place of its own for each panel', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
  });

  it('asks in words that Prometheus understands', ({ skip }) => {
    const path = promtool();
    if (path === undefined) return skip('promtool is not installed');
    const queries = shown.flatMap(({ targets = [] }) => targets.map(({ expr }) => filled(expr)));
    const rules = queries.map((expr, index) => ({ record: `query_${index}`, expr }));
    const { status, said } = check(path, ['check', 'rules'], {
      'rules.yml': stringify({ groups: [{ name: 'queries', rules }] }),
    });
    expect(said).toContain(`${queries.length} rules found`);
    expect(status).toBe(0);
  });
});
