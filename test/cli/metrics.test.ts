/**
 * Every metric of the catalogue, as a scrape of a real node sees it after a few calls: with plausible values,
 * with nothing beside the catalogue, and without an id or a number of anybody in a label.
 */
import { connect } from '@nats-io/transport-node';
import { headers } from '@nats-io/nats-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS } from '../../src/telemetry/metric-definitions.ts';
import type { MetricDefinition } from '../../src/telemetry/metric-definitions.ts';
import { startNodeWorld } from './node-world.ts';
import type { NodeWorld, ServingNode } from './node-world.ts';

const DONE = `CA${'1'.repeat(32)}`;
const REFUSED = `CA${'2'.repeat(32)}`;
const OPEN = `CA${'3'.repeat(32)}`;
const CALLER = '+15550100';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

async function scrape({ admin }: ServingNode): Promise<Sample[]> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (value === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', word = '']) => [key, word]);
    return [{ name, labels: Object.fromEntries(pairs) as Sample['labels'], value: Number(value) }];
  });
}

function valueOf(
  samples: readonly Sample[],
  name: string,
  labels: Sample['labels'] = {},
): number | undefined {
  const wanted = Object.entries(labels);
  return samples.find((one) => one.name === name && wanted.every(([key, word]) => one.labels[key] === word))
    ?.value;
}

/** As Prometheus spells the parts of one metric. */
function seriesOf({ name, kind }: MetricDefinition): string[] {
  return kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
}

let world: NodeWorld;
let node: ServingNode;
beforeAll(async () => {
  world = await startNodeWorld();
  node = await world.serve();
});
afterAll(() => world.stop());

/** What no gateway should send, and what it may send twice, early and late. */
async function misbehave(closed: string): Promise<void> {
  const connection = await connect({ servers: world.server.url });
  const send = (call: string, type: string, body: string, id?: string): void => {
    const named = headers();
    if (id !== undefined) named.set('ce-id', id);
    connection.publish(`onhook.v1.evt.gw1.${call}.${type}`, body, { headers: named });
  };
  send('CAunknown', 'caller.spoke', '{}');
  send(OPEN, 'mark.echoed', '{');
  send(OPEN, 'leg.status', '{"leg":"carrier","status":"completed"}');
  for (let copy = 0; copy < 2; copy += 1) send(OPEN, 'caller.spoke', '{}', 'the-same');
  send(closed, 'caller.spoke', '{}');
  await connection.drain();
}

describe('GET /metrics of a node', () => {
  it('begins with what is so from the start', async () => {
    const samples = await scrape(node);
    for (const [name, least, most] of [
      ['onhook_partitions', 1, 1],
      ['onhook_partitions_owned', 1, 1],
      ['onhook_dead_letters', 0, 0],
      ['onhook_log_lag', 0, 100],
      ['onhook_build_info', 1, 1],
    ] as const) {
      expect(valueOf(samples, name), name).toBeGreaterThanOrEqual(least);
      expect(valueOf(samples, name), name).toBeLessThanOrEqual(most);
    }
    for (const state of ['active', 'terminating']) {
      expect(valueOf(samples, 'onhook_calls', { state })).toBe(0);
    }
  });

  it('has seen every metric of the catalogue after a few calls, and nothing else', async () => {
    world.startCall(OPEN);
    const call = world.startCall(DONE);
    call.publish('end.requested', { farewell: 'spoken', reason: CALLER });
    call.publish('mark.echoed', { name: 'onhook-1-1' });
    const refused = world.startCall(REFUSED);
    world.stubTwilio.failNext(REFUSED, [{ status: 500 }]);
    refused.publish('end.requested', { farewell: 'none', by: 'policy' });
    const ended = (samples: readonly Sample[], reason: string): boolean =>
      valueOf(samples, 'onhook_call_ends_total', { reason }) === 1;
    await world.until('both ends', async () => {
      const samples = await scrape(node);
      return ended(samples, 'agent_end_call') && ended(samples, 'rejected_by_policy');
    });
    await misbehave(DONE);
    const samples = await world.until('the bad inputs', async () => {
      const now = await scrape(node);
      const seen = (verdict: string): boolean => (valueOf(now, 'onhook_inputs_total', { verdict }) ?? 0) > 0;
      const all = ['applied', 'held', 'invalid', 'unauthorised', 'duplicate', 'late'].every(seen);
      return all && (valueOf(now, 'onhook_dead_letters') ?? 0) > 0 && now;
    });
    expectCounted(samples);
    // Spans are counted where a receiver of traces is configured (test/system/traces.test.ts).
    const unseen = Object.values<MetricDefinition>(METRICS).filter(
      (metric) => !seriesOf(metric).every((name) => samples.some((one) => one.name === name)),
    );
    expect(unseen.map(({ name }) => name)).toEqual(['onhook_trace_spans_total']);
    expectOnlyCatalogue(samples);
  });

  it('counts the end of a call that another node began under its own provider', async () => {
    node.running.child.kill('SIGTERM');
    await node.running.ended;
    const next = await world.serve();
    const { code } = await next.run('calls', 'kill', OPEN);
    expect(code).toBe(0);
    const samples = await world.until('the end', async () => {
      const now = await scrape(next);
      return valueOf(now, 'onhook_call_ends_total', { reason: 'operator_ended' }) === 1 && now;
    });
    expect(valueOf(samples, 'onhook_call_ends_total', { provider: 'twilio' })).toBe(1);
    expect(valueOf(samples, 'onhook_call_ends_total', { provider: 'other' })).toBeUndefined();
  });
});

/** Two calls that ended, one that is up, one hangup that was tried twice. */
function expectCounted(samples: readonly Sample[]): void {
  const value = (name: string, labels?: Sample['labels']): number => valueOf(samples, name, labels) ?? -1;
  expect(value('onhook_calls', { state: 'active' })).toBe(1);
  expect(value('onhook_call_ends_total', { reason: 'agent_end_call', by: 'agent', provider: 'twilio' })).toBe(
    1,
  );
  expect(value('onhook_farewells_total', { outcome: 'confirmed' })).toBe(1);
  const hangup = { effect: 'hang-up-leg' };
  expect(value('onhook_effect_attempts_total', { ...hangup, outcome: 'done' })).toBe(2);
  expect(value('onhook_effect_attempts_total', { ...hangup, outcome: 'retry' })).toBe(1);
  expect(value('onhook_effect_attempts_total', { ...hangup, outcome: 'fatal' })).toBe(0);
  expect(value('onhook_effect_duration_seconds_count', hangup)).toBe(3);
  expect(value('onhook_hangup_delay_seconds_count')).toBe(2);
  expect(value('onhook_timer_lag_seconds_count')).toBeGreaterThanOrEqual(2);
  for (const name of [
    'onhook_effect_duration_seconds',
    'onhook_hangup_delay_seconds',
    'onhook_timer_lag_seconds',
  ]) {
    expect(value(`${name}_sum`)).toBeGreaterThan(0);
    expect(value(`${name}_sum`)).toBeLessThan(60);
  }
  for (const state of ['active', 'draining', 'terminating', 'post-processing']) {
    expect(value('onhook_state_duration_seconds_count', { state }), state).toBeGreaterThanOrEqual(1);
  }
  expect(value('onhook_inputs_total', { verdict: 'applied' })).toBeGreaterThan(10);
}

/** Names and labels of the catalogue, words of the contract as values, and few of them. */
function expectOnlyCatalogue(samples: readonly Sample[]): void {
  const labelsOf = new Map(
    Object.values<MetricDefinition>(METRICS).flatMap((metric) =>
      seriesOf(metric).map((name) => [name, metric.labels] as const),
    ),
  );
  for (const { name, labels } of samples) {
    expect(labelsOf.has(name), name).toBe(true);
    const allowed = [...(labelsOf.get(name) ?? []), ...(name.endsWith('_bucket') ? ['le'] : [])];
    expect(Object.keys(labels).filter((label) => !allowed.includes(label))).toEqual([]);
    const { le: _edge, version: _version, node_version: _node, ...words } = labels;
    for (const word of Object.values(words)) expect(word).toMatch(/^[a-z]+([_-][a-z]+){0,4}$/);
    for (const secret of [DONE, REFUSED, OPEN, CALLER]) expect(JSON.stringify(labels)).not.toContain(secret);
  }
  expect(samples.length).toBeLessThan(400);
}
