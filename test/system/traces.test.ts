/** Traces of calls of the published command, as an OTLP receiver gets them. */
import { headers } from '@nats-io/nats-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallRecord } from '../../src/contract/call-record.ts';
import { traceIdOf } from '../../src/telemetry/traces/trace-ids.ts';
import { startOtlpReceiver } from '../telemetry/traces/otlp-receiver.ts';
import type { OtlpReceiver, ReceivedSpan } from '../telemetry/traces/otlp-receiver.ts';
import type { Orchestrator } from './orchestrator.ts';
import { PREFIX } from './plain-gateway.ts';
import { World } from './world.ts';

let world: World;
let receiver: OtlpReceiver;
beforeEach(async () => {
  world = await World.open();
  receiver = await startOtlpReceiver();
});
afterEach(async () => {
  await world.close();
  await receiver.close();
});

function serve(env: NodeJS.ProcessEnv = {}): Promise<Orchestrator> {
  const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '50' };
  return world.serve({ ...traced, ...env });
}

interface Trace {
  readonly call: ReceivedSpan;
  readonly states: readonly ReceivedSpan[];
  readonly attempts: readonly ReceivedSpan[];
  readonly all: readonly ReceivedSpan[];
}

/** Of a call that has ended, once its own span and its last attempt are there. */
async function traceOf(callId: string): Promise<Trace> {
  const all = (): ReceivedSpan[] =>
    receiver.spans.filter(({ attributes }) => attributes['onhook.call.id'] === callId);
  const named = (name: string): ReceivedSpan | undefined => all().find((span) => span.name === name);
  const call = await world.until('the span of the call', () => named('call'));
  await world.until('the attempt that published the record', () => named('publish-record'));
  const having = (attribute: string): ReceivedSpan[] =>
    all().filter(({ attributes }) => attributes[attribute] !== undefined);
  return { call, states: having('onhook.state'), attempts: having('onhook.attempt'), all: all() };
}

function passagesOf({ timeline, startedAt }: CallRecord): Pick<ReceivedSpan, 'name' | 'startAt' | 'endAt'>[] {
  return timeline.map(({ at, from }, index) => ({
    name: from,
    startAt: timeline[index - 1]?.at ?? startedAt,
    endAt: at,
  }));
}

/** The names from the root of the trace to this span. */
function pathOf(span: ReceivedSpan, all: readonly ReceivedSpan[]): string {
  const parent = all.find(({ spanId }) => spanId === span.parentSpanId);
  return parent === undefined ? span.name : `${pathOf(parent, all)} > ${span.name}`;
}

test('a call is one trace: a span per state at the instants of the record, and one per attempt', async () => {
  const node = await serve({ OTEL_EXPORTER_OTLP_HEADERS: 'x-key=planted%20key', OTEL_SERVICE_NAME: 'voice' });
  const callId = world.newCallId();
  world.twilio.failNext(callId, [{ status: 500 }]);
  world.startCall({ from: '+15551234567', to: '+15557654321' }, callId);
  world.gateway.say(callId, 'end.requested', { reason: 'call +15550001111 back' });
  const record = await world.record(callId);
  const { call, states, attempts, all } = await traceOf(callId);

  expect(new Set(all.map(({ traceId }) => traceId))).toEqual(
    new Set([traceIdOf({ callId, incarnation: 0 })]),
  );
  expect(new Set(all.map(({ spanId }) => spanId)).size).toBe(all.length);
  expect(call).toMatchObject({
    parentSpanId: '',
    startAt: record.startedAt,
    endAt: record.closedAt,
    failure: undefined,
    attributes: {
      'onhook.end.reason': 'agent_end_call',
      'onhook.end.by': 'agent',
      'onhook.farewell': 'confirmed',
      'onhook.gateway': 'gw1',
      'onhook.provider': 'twilio',
      'onhook.mode': 'own',
      'onhook.leg.carrier': record.legs['carrier']?.termination,
    },
    resource: { 'service.name': 'voice', 'service.instance.id': 'node-a' },
  });
  expect(states.map(({ name, startAt, endAt }) => ({ name, startAt, endAt }))).toEqual(passagesOf(record));
  expect(states.map((span) => pathOf(span, all))).toEqual(states.map(({ name }) => `call > ${name}`));
  expect(attempts.map((span) => pathOf(span, all))).toEqual(
    expect.arrayContaining([
      'call > draining > command mark',
      'call > terminating > hang-up-leg',
      'call > terminating > command close',
      'call > post-processing > publish-record',
    ]),
  );
  const hangups = attempts.filter(({ name }) => name === 'hang-up-leg');
  expect(hangups.map(({ attributes, failure, kind }) => ({ ...attributes, failure, kind }))).toMatchObject([
    { 'onhook.attempt': 1, 'onhook.outcome': 'retry', 'onhook.leg': 'carrier', failure: 'twilio_20500' },
    {
      'onhook.attempt': 2,
      'onhook.outcome': 'done',
      'onhook.provider': 'twilio',
      failure: undefined,
      kind: 3,
    },
  ]);
  for (const { startAt, endAt, parentSpanId } of attempts) {
    const parent = states.find(({ spanId }) => spanId === parentSpanId);
    expect(startAt).toBeGreaterThanOrEqual(parent?.startAt ?? Infinity);
    expect(endAt).toBeGreaterThanOrEqual(startAt);
  }
  expect(receiver.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-key': 'planted key' } });
  expect(await node.metric('onhook_trace_spans_total', '{outcome="exported"}')).toBeGreaterThanOrEqual(
    all.length,
  );
  // Invariant 22.
  expect(JSON.stringify(all)).not.toMatch(/1555|planted/);
  expect(node.stderr).not.toContain('planted');
});

test('a new owner continues the trace of one that was killed, under the span of the gateway', async () => {
  const remote = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  world.gateway.echoes = false;
  const first = await serve();
  const callId = world.newCallId();
  world.twilio.addCall({ sid: callId });
  const head = headers();
  head.set('traceparent', `00-${remote.traceId}-${remote.spanId}-01`);
  const started = { provider: 'twilio', legs: { carrier: { callSid: callId } }, from: '+15551234567' };
  world.connection.publish(`${PREFIX}.evt.gw1.${callId}.call.started`, JSON.stringify(started), {
    headers: head,
  });
  world.gateway.say(callId, 'end.requested', {});
  const mark = await world.until('a mark', () => world.gateway.command(callId, 'mark'));
  await world.until('a span of it', () => receiver.spans.some(({ name }) => name === 'command mark'));
  await first.kill();
  const second = await serve({ ONHOOK_NODE_ID: 'node-b', ONHOOK_LOG_PERSONAL_DATA: 'true' });
  world.gateway.say(callId, 'mark.echoed', { name: mark.body['name'] });
  const record = await world.record(callId);
  const { call, states, attempts, all } = await traceOf(callId);

  expect(second.hasEnded).toBe(false);
  expect(call).toMatchObject({ traceId: remote.traceId, parentSpanId: remote.spanId });
  expect(call.attributes).toMatchObject({ 'pii.from': '+15551234567' });
  expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([remote.traceId]));
  expect(states.map(({ name, startAt, endAt }) => ({ name, startAt, endAt }))).toEqual(passagesOf(record));
  const nodes = attempts.map(
    (span) => `${String(span.resource['service.instance.id'])}: ${pathOf(span, all)}`,
  );
  // What the first one did hangs under a state that the second one told of.
  expect(nodes).toContain('node-a: call > draining > command mark');
  expect(nodes).toContain('node-b: call > terminating > hang-up-leg');
});

test('a receiver that refuses spans costs no call anything: counted, and said once', async () => {
  receiver.status = 400;
  const node = await serve();
  for (const callId of [world.startCall(), world.startCall()]) {
    world.gateway.say(callId, 'end.requested', { farewell: 'none' });
    expect(await world.record(callId)).toMatchObject({ endReason: 'agent_end_call' });
  }
  const failed = (): Promise<number> => node.metric('onhook_trace_spans_total', '{outcome="failed"}');
  await world.until('spans that failed', async () => (await failed()) > 0);
  await node.signal('SIGTERM');
  expect(await node.exit()).toBe(0);
  expect(node.stderr.match(/spans cannot be exported/g)).toHaveLength(1);
  expect(receiver.spans).toEqual([]);
});

/** A machine on which nobody installed the SDK. */
function withoutSdk(): NodeJS.ProcessEnv {
  const moduleOf = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  const absent = moduleOf(`export function resolve(name, context, next) {
    if (name.startsWith('@opentelemetry/')) throw new Error('absent');
    return next(name, context);
  }`);
  const hook = `import { register } from 'node:module'; register(${JSON.stringify(absent)});`;
  return { NODE_OPTIONS: `--import=${moduleOf(hook)}` };
}

test('the OpenTelemetry SDK is not loaded when traces are off', async () => {
  const node = await serve({ ...withoutSdk(), OTEL_SDK_DISABLED: 'TRUE' });
  expect(node.hasEnded).toBe(false);
});

test('an absent SDK is asked for with the command that installs it, and nothing starts', async () => {
  const node = world.launch({ ...withoutSdk(), OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  expect({ code: await node.exit(), stdout: node.stdout }).toEqual({ code: 78, stdout: '' });
  expect(node.stderr).toMatch(/npm install @opentelemetry\/api.* @opentelemetry\/exporter-trace-otlp-proto/);
});
