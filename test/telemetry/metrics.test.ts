/** Metrics as a scrape sees them. */
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../src/telemetry/metric-definitions.ts';
import type { MetricDefinition } from '../../src/telemetry/metric-definitions.ts';
import type { Metrics } from '../../src/telemetry/metrics.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { NodeStats } from '../../src/supervisor/view.ts';

const CONTRACT = [
  'onhook_calls{state}',
  'onhook_call_ends_total{reason,by,provider}',
  'onhook_farewells_total{outcome}',
  'onhook_state_duration_seconds{state}',
  'onhook_effect_attempts_total{effect,outcome}',
  'onhook_effect_duration_seconds{effect}',
  'onhook_hangup_delay_seconds',
  'onhook_dead_letters',
  'onhook_timer_lag_seconds',
  'onhook_inputs_total{verdict}',
  'onhook_log_lag',
  'onhook_partitions_owned',
];

/** Beyond the contract. */
const MORE = ['onhook_trace_spans_total{outcome}', 'onhook_partitions'];

const partition = { era: 1, state: 'live', openCalls: 0, paused: false, lastSeq: 9, unconfirmed: 0 } as const;

const stats: NodeStats = {
  nodeId: 'n1',
  partitions: [
    { ...partition, partition: 0, lag: 2 },
    { ...partition, partition: 1, lag: 7 },
  ],
  owned: 2,
  openCalls: 3,
  callsByState: { active: 2, draining: 1 },
  inputs: {},
  paused: false,
  alarms: [],
};

function metrics(): Metrics {
  return createMetrics({ version: '1.2.3', nodeVersion: 'v20.20.0', providers: ['twilio'] });
}

async function scrape(from: Metrics): Promise<string[]> {
  return (await from.expose()).body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('metrics', () => {
  it('have the names and labels of the contract', () => {
    const defined = Object.values<MetricDefinition>(METRICS).map(({ name, labels }) =>
      labels.length === 0 ? name : `${name}{${labels.join(',')}}`,
    );
    expect(defined.filter((name) => !name.startsWith('onhook_build_info'))).toEqual([...CONTRACT, ...MORE]);
    expect(defined).toContain('onhook_build_info{version,node_version}');
  });

  it('count ends, farewells, effects and inputs', async () => {
    const counted = metrics();
    counted.callEnded({
      endReason: 'agent_end_call',
      endedBy: 'agent',
      provider: 'twilio',
      farewell: 'confirmed',
    });
    counted.effectSettled('hang-up-leg', 'done', 120);
    counted.inputs('applied');
    counted.inputs('wrong-partition');
    const lines = await scrape(counted);
    expect(lines).toContain('onhook_call_ends_total{reason="agent_end_call",by="agent",provider="twilio"} 1');
    expect(lines).toContain('onhook_farewells_total{outcome="confirmed"} 1');
    expect(lines).toContain('onhook_effect_attempts_total{effect="hang-up-leg",outcome="done"} 1');
    expect(lines).toContain('onhook_effect_duration_seconds_sum{effect="hang-up-leg"} 0.12');
    expect(lines).toContain('onhook_inputs_total{verdict="applied"} 1');
    expect(lines).toContain('onhook_inputs_total{verdict="wrong-partition"} 1');
  });

  it('begin at 0 where the first event must be an increase', async () => {
    const lines = await scrape(metrics());
    expect(lines).toContain('onhook_effect_attempts_total{effect="hang-up-leg",outcome="fatal"} 0');
    expect(lines).toContain('onhook_inputs_total{verdict="invalid"} 0');
    expect(lines).toContain('onhook_farewells_total{outcome="confirmed"} 0');
    // Until the node can say, a gauge says nothing.
    expect(lines).not.toContainEqual(expect.stringContaining('onhook_calls{'));
  });

  it('take durations in ms and give seconds, never a negative one', async () => {
    const counted = metrics();
    counted.hangupDelay(250);
    counted.timerLag(-5);
    counted.stateLeft('draining', 1_500);
    const lines = await scrape(counted);
    expect(lines).toContain('onhook_hangup_delay_seconds_bucket{le="0.25"} 1');
    expect(lines).toContain('onhook_timer_lag_seconds_sum 0');
    expect(lines).toContain('onhook_state_duration_seconds_sum{state="draining"} 1.5');
  });

  it('put no id into a label, whatever a gateway sends', async () => {
    const counted = metrics();
    counted.callEnded({
      endReason: 'CA0123456789',
      endedBy: 'room-42',
      provider: 'CA0123456789',
      farewell: '+15551234567',
    });
    const body = (await counted.expose()).body;
    expect(body).not.toMatch(/CA0123456789|room-42|\+1555/);
    expect(body).toContain('onhook_call_ends_total{reason="other",by="other",provider="other"} 1');
  });

  it('read the state of the node at each scrape', async () => {
    const counted = metrics();
    let now = stats;
    counted.watch({ stats: () => now, deadLetters: () => Promise.resolve(4) });
    const lines = await scrape(counted);
    expect(lines).toContain('onhook_calls{state="active"} 2');
    expect(lines).toContain('onhook_calls{state="draining"} 1');
    expect(lines).toContain('onhook_log_lag 7');
    expect(lines).toContain('onhook_partitions_owned 2');
    expect(lines).toContain('onhook_partitions 2');
    expect(lines).toContain('onhook_dead_letters 4');
    now = { ...stats, callsByState: { draining: 1 } };
    expect(await scrape(counted)).toContain('onhook_calls{state="active"} 0');
  });

  it('leave a gauge out when its source cannot say', async () => {
    const counted = metrics();
    counted.watch({ stats: () => stats, deadLetters: () => Promise.reject(new Error('log away')) });
    const lines = await scrape(counted);
    expect(lines).not.toContainEqual(expect.stringContaining('onhook_dead_letters'));
    expect(lines).toContain('onhook_partitions_owned 2');
  });
});
