/** Alert rules name metrics that exist, and Prometheus takes them and fires them when they are meant to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { MetricDefinition } from '../../src/telemetry/metric-definitions.ts';
import { METRICS } from '../../src/telemetry/metric-definitions.ts';
import { check, promtool } from './promtool.ts';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: object;
    }[];
  }[];
}

const file = join(import.meta.dirname, '../../deploy/alerts.yml');
const text = readFileSync(file, 'utf8');
const { groups } = parse(text) as Rules;
const rules = groups.flatMap((group) => group.rules);

/** As Prometheus spells them: a histogram is three series. */
const SERIES = new Set(
  Object.values<MetricDefinition>(METRICS).flatMap(({ name, kind }) =>
    kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  ),
);

/** Name and labels → values, a minute apart, in the notation of promtool. */
type Series = Readonly<Record<string, string>>;

interface Scene {
  readonly alert: string;
  readonly labels: string;
  readonly at: string;
  readonly ill: Series;
  readonly well: Series;
}

/** A histogram of which ten more a minute are at most `seconds` long. */
function histogram(name: string, seconds: number): Series {
  const edges = [0.5, 2, 5];
  const of = (edge: number): string => (seconds <= edge ? '0+10x20' : '0x20');
  const buckets = edges.map((edge) => [`${name}_bucket{le="${edge}"}`, of(edge)]);
  return Object.fromEntries([...buckets, [`${name}_bucket{le="+Inf"}`, '0+10x20']]) as Series;
}

const SCENES: readonly Scene[] = [
  {
    alert: 'OnhookPartitionUnowned',
    labels: 'page',
    at: '3m',
    ill: { 'onhook_partitions_owned{instance="a"}': '0x20' },
    well: {
      'onhook_partitions_owned{instance="a"}': '0x20',
      'onhook_partitions_owned{instance="b"}': '1x20',
    },
  },
  ...(['OnhookHangupsLate:page:hangup_delay', 'OnhookTimersLate:ticket:timer_lag'] as const).map((one) => {
    const [alert = '', labels = '', name = ''] = one.split(':');
    const metric = `onhook_${name}_seconds`;
    return { alert, labels, at: '15m', ill: histogram(metric, 5), well: histogram(metric, 0.5) };
  }),
  {
    alert: 'OnhookLogLag',
    labels: 'page',
    at: '5m',
    ill: { 'onhook_log_lag{instance="a"}': '1001x20', 'onhook_log_lag{instance="b"}': '0x20' },
    well: { 'onhook_log_lag{instance="a"}': '1000x20' },
  },
  {
    alert: 'OnhookDeadLetters',
    labels: 'ticket',
    at: '18m',
    ill: { onhook_dead_letters: '2x10 3x10' },
    well: { onhook_dead_letters: '2x20' },
  },
];

function annotationsOf(alert: string): object | undefined {
  return rules.find((rule) => rule.alert === alert)?.annotations;
}

describe('deploy/alerts.yml', () => {
  it.each(rules)('$alert names metrics that the code has', ({ expr }) => {
    const named = expr.match(/onhook_\w+/g) ?? [];
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !SERIES.has(name))).toEqual([]);
  });

  it('is taken by Prometheus, and what is no rule is not', ({ skip }) => {
    const path = promtool();
    if (path === undefined) return skip('promtool is not installed');
    const good = check(path, ['check', 'rules'], { 'alerts.yml': text });
    expect(good.said).toContain(`${rules.length} rules found`);
    expect(good.status).toBe(0);
    const bad = check(path, ['check', 'rules'], { 'alerts.yml': text.replace('> 1000', '> > 1000') });
    expect(bad.status).not.toBe(0);
  });

  it.for(SCENES)('$alert fires, and not while all is well', ({ alert, ill, well, at, labels }, { skip }) => {
    const path = promtool();
    if (path === undefined) return skip('promtool is not installed');
    const test = (series: Series, fires: boolean): object => ({
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: [
        {
          eval_time: at,
          alertname: alert,
          exp_alerts: fires
            ? [{ exp_labels: { severity: labels }, exp_annotations: annotationsOf(alert) }]
            : [],
        },
      ],
    });
    const { status, said } = check(path, ['test', 'rules'], {
      'test.yml': stringify({ rule_files: ['alerts.yml'], tests: [test(ill, true), test(well, false)] }),
      'alerts.yml': text,
    });
    expect({ status, said }).toMatchObject({ status: 0, said: expect.stringContaining('SUCCESS') as string });
  });

  it('has a scene for each alert', () => {
    expect(SCENES.map(({ alert }) => alert)).toEqual(rules.map(({ alert }) => alert));
  });
});
