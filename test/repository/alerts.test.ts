/** Alert rules name metrics that exist, and Prometheus takes them and fires them when they are meant to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { MetricDefinition } from '../../src/telemetry/metric-definitions.ts';
import { callState, effectKind } from '../../scripts/reference/answers.ts';
import { OUTCOME_RESULTS } from '../../src/contract/outcome.ts';
import { callRecordSchema } from '../../src/contract/call-record.ts';
import { METRICS } from '../../src/telemetry/metric-definitions.ts';
import { VERDICTS } from '../../src/telemetry/metrics.ts';
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

/** As Prometheus spells them, a histogram as three series, with the labels of each. */
const SERIES = new Map<string, readonly string[]>(
  Object.values<MetricDefinition>(METRICS).flatMap(({ name, kind, labels }) =>
    kind === 'histogram'
      ? ['_bucket', '_sum', '_count'].map((end) => [name + end, [...labels, 'le']] as const)
      : [[name, labels] as const],
  ),
);

/** The words that a label takes. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  effect: effectKind.options,
  outcome: Object.keys(OUTCOME_RESULTS),
  reason: callRecordSchema.shape.endReason.options,
  state: callState.options,
  verdict: VERDICTS,
};

/** What of an expression no metric has: series, labels, and words of labels. */
function unknownIn(expr: string): string[] {
  const labels = new Set([...SERIES.values()].flat());
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, all = '']) => all.split(/, */));
  const series = [...expr.matchAll(/(onhook_\w+)(?:\{([^}]*)\})?/g)];
  return [
    ...grouped.filter((label) => !labels.has(label)).map((label) => `by (${label})`),
    ...series.flatMap(([, name = '', matchers = '']) => {
      const known = SERIES.get(name);
      if (known === undefined) return [name];
      return [...matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"([^"]*)"/g)].flatMap(([, label = '', words = '']) => {
        if (!known.includes(label)) return [`${name}{${label}}`];
        return words
          .split('|')
          .flatMap((word) => (WORDS[label]?.includes(word) ? [] : [`${label}="${word}"`]));
      });
    }),
  ];
}

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

function late(alert: string, labels: string, metric: string): Scene {
  return { alert, labels, at: '15m', ill: histogram(metric, 5), well: histogram(metric, 0.5) };
}

/** The same metric of several nodes. */
function fleet(name: string, ...values: readonly string[]): Series {
  return Object.fromEntries(values.map((value, index) => [`${name}{instance="${index}"}`, value]));
}

function hangups(outcome: string): string {
  return `onhook_effect_attempts_total{effect="hang-up-leg", outcome="${outcome}"}`;
}

function ends(reason: string): string {
  return `onhook_call_ends_total{reason="${reason}", by="agent", provider="twilio"}`;
}

const APPLIED = 'onhook_inputs_total{verdict="applied"}';

const SCENES: readonly Scene[] = [
  {
    alert: 'OnhookPartitionUnowned',
    labels: 'page',
    at: '3m',
    // One of two is owned: the sum of both nodes is what counts.
    ill: {
      ...fleet('onhook_partitions', '2x20', '2x20'),
      ...fleet('onhook_partitions_owned', '1x20', '0x20'),
    },
    well: {
      ...fleet('onhook_partitions', '2x20', '2x20'),
      ...fleet('onhook_partitions_owned', '1x20', '1x20'),
    },
  },
  {
    alert: 'OnhookLogAway',
    labels: 'page',
    at: '15m',
    ill: { ...fleet('onhook_build_info', '1x20'), ...fleet('onhook_dead_letters', '0x3 stale') },
    well: { ...fleet('onhook_build_info', '1x20'), ...fleet('onhook_dead_letters', '0x20') },
  },
  late('OnhookHangupsLate', 'page', 'onhook_hangup_delay_seconds'),
  {
    alert: 'OnhookHangupsRefused',
    labels: 'page',
    at: '12m',
    // The first one ever: it is seen because the series begins at 0.
    ill: { [hangups('fatal')]: '0x8 1x10', [hangups('done')]: '0+5x20' },
    well: { [hangups('fatal')]: '0x20', [hangups('done')]: '0+5x20' },
  },
  {
    alert: 'OnhookHangupsFailing',
    labels: 'page',
    at: '10m',
    ill: { [hangups('retry')]: '0+6x20', [hangups('done')]: '0+4x20' },
    well: { [hangups('retry')]: '0+4x20', [hangups('done')]: '0+6x20' },
  },
  {
    alert: 'OnhookEndsPilingUp',
    labels: 'page',
    at: '5m',
    ill: { 'onhook_calls{state="terminating"}': '40x20', 'onhook_calls{state="active"}': '100x20' },
    well: { 'onhook_calls{state="terminating"}': '40x20', 'onhook_calls{state="active"}': '1000x20' },
  },
  late('OnhookTimersLate', 'ticket', 'onhook_timer_lag_seconds'),
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
  {
    alert: 'OnhookCallsLost',
    labels: 'ticket',
    at: '20m',
    ill: { [ends('agent_end_call')]: '0+9x30', [ends('gateway_lost')]: '0+1x30' },
    well: { [ends('agent_end_call')]: '0+99x30', [ends('gateway_lost')]: '0+1x30' },
  },
  {
    alert: 'OnhookInputsRefused',
    labels: 'ticket',
    at: '16m',
    ill: { 'onhook_inputs_total{verdict="invalid"}': '0+1x20', [APPLIED]: '0+100x20' },
    well: { 'onhook_inputs_total{verdict="invalid"}': '3x20', [APPLIED]: '0+100x20' },
  },
];

function annotationsOf(alert: string): object | undefined {
  return rules.find((rule) => rule.alert === alert)?.annotations;
}

describe('deploy/alerts.yml', () => {
  it.each(rules)('$alert names metrics, labels and words that the code has', ({ expr }) => {
    expect(expr).toMatch(/onhook_\w+/);
    expect(unknownIn(expr)).toEqual([]);
  });

  it('would be noticed with another name, label or word', () => {
    expect(unknownIn('sum(onhook_partition_owned)')).toEqual(['onhook_partition_owned']);
    expect(unknownIn('sum(onhook_calls{status="active"})')).toEqual(['onhook_calls{status}']);
    expect(unknownIn('sum by (gateway) (onhook_calls)')).toEqual(['by (gateway)']);
    expect(unknownIn('onhook_inputs_total{verdict=~"invalid|refused"}')).toEqual(['verdict="refused"']);
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
