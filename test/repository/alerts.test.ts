/** Alert rules name metrics that exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { MetricDefinition } from '../../src/telemetry/metric-definitions.ts';
import { METRICS } from '../../src/telemetry/metric-definitions.ts';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const file = join(import.meta.dirname, '../../deploy/alerts.yml');
const { groups } = parse(readFileSync(file, 'utf8')) as Rules;
const rules = groups.flatMap((group) => group.rules);

/** As Prometheus spells them: a histogram is three series. */
const SERIES = new Set(
  Object.values<MetricDefinition>(METRICS).flatMap(({ name, kind }) =>
    kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  ),
);

describe('deploy/alerts.yml', () => {
  it.each(rules)('$alert names metrics that the code has', ({ expr }) => {
    const named = expr.match(/onhook_\w+/g) ?? [];
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !SERIES.has(name))).toEqual([]);
  });
});
