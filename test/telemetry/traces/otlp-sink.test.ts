/** Spans on their way to a real receiver: the same ids twice, a bounded queue, sampling, a bounded end. */
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../../../src/clock/manual-clock.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { callSpans } from '../../../src/telemetry/traces/call-spans.ts';
import { openOtlpSink } from '../../../src/telemetry/traces/otlp-sink.ts';
import type { OtlpOptions } from '../../../src/telemetry/traces/otlp-sink.ts';
import type { SpanSink, TracedCall } from '../../../src/telemetry/traces/span.ts';
import { spanIdOf, traceIdOf } from '../../../src/telemetry/traces/trace-ids.ts';
import { startOtlpReceiver } from './otlp-receiver.ts';
import type { OtlpReceiver } from './otlp-receiver.ts';
import { CALL_ID, recordWith } from './record.ts';

const CALL: TracedCall = { callId: CALL_ID, incarnation: 3 };
const SPANS = callSpans(recordWith(), false);

let receiver: OtlpReceiver;
let counted: Record<string, number>;
let said: PassThrough;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
  counted = {};
  said = new PassThrough();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await receiver.close();
});

async function opened(
  change: Partial<Pick<OtlpOptions, 'clock' | 'delayMs' | 'queueMax'>> = {},
): Promise<SpanSink> {
  const logger = await createLogger({ level: 'info', clock: systemClock, secrets: [], output: said });
  return openOtlpSink({
    url: `${receiver.url}/v1/traces`,
    headers: {},
    version: '1.2.3',
    nodeId: 'n1',
    queueMax: 1_000,
    delayMs: 60_000,
    clock: systemClock,
    logger,
    onSpans: (outcome, count) => (counted[outcome] = (counted[outcome] ?? 0) + count),
    ...change,
  });
}

describe('spans', () => {
  it('arrive as they were made, also of a call that is older than the process', async () => {
    const sink = await opened();
    sink.emit(CALL, SPANS);
    await sink.close();
    expect(receiver.spans).toHaveLength(SPANS.length);
    expect(
      receiver.spans.map(({ traceId, spanId, parentSpanId, name, startAt, endAt }) => {
        return { traceId, spanId, parentSpanId, name, startAt, endAt };
      }),
    ).toEqual(
      SPANS.map(({ key, parentKey, name, startAt, endAt }) => ({
        traceId: traceIdOf(CALL),
        spanId: spanIdOf(CALL, key),
        parentSpanId: parentKey === undefined ? '' : spanIdOf(CALL, parentKey),
        name,
        startAt,
        endAt,
      })),
    );
    expect(receiver.spans[0]?.resource).toMatchObject({
      'service.name': 'onhook',
      'service.version': '1.2.3',
    });
    expect(counted).toEqual({ exported: SPANS.length });
  });

  it('have the same ids when another owner sends them again', async () => {
    for (const sink of [await opened(), await opened()]) {
      sink.emit(CALL, SPANS);
      await sink.close();
    }
    const ids = receiver.spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`);
    expect(ids.slice(SPANS.length)).toEqual(ids.slice(0, SPANS.length));
  });

  it('are sent or not as the gateway decided for its trace', async () => {
    const sink = await opened();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    sink.emit({ ...CALL, traceparent }, SPANS);
    sink.emit({ ...CALL, traceparent: traceparent.replace(/00$/, '01') }, SPANS.slice(0, 1));
    await sink.close();
    expect(receiver.spans).toMatchObject([{ name: 'call', parentSpanId: 'b7ad6b7169203331' }]);
  });

  it('of one call are sampled together, an attempt before its call too', async () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'parentbased_traceidratio');
    vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', '0.5');
    const sink = await opened();
    for (let n = 0; n < 40; n += 1) {
      const call = { callId: `room-${n}`, incarnation: n };
      for (const span of SPANS.toReversed()) sink.emit(call, [span]);
    }
    await sink.close();
    const perTrace = new Map<string, number>();
    for (const { traceId } of receiver.spans) perTrace.set(traceId, (perTrace.get(traceId) ?? 0) + 1);
    expect(perTrace.size).toBeGreaterThan(0);
    expect(perTrace.size).toBeLessThan(40);
    expect(new Set(perTrace.values())).toEqual(new Set([SPANS.length]));
  });
});

describe('a receiver that does not keep up', () => {
  it('costs spans beyond the queue, counted and said once', async () => {
    const sink = await opened({ queueMax: 4 });
    for (let n = 0; n < 3; n += 1) sink.emit({ callId: `room-${n}`, incarnation: n }, SPANS);
    await sink.close();
    expect(counted['dropped']).toBeGreaterThan(0);
    expect((counted['dropped'] ?? 0) + (counted['exported'] ?? 0)).toBe(3 * SPANS.length);
    expect(receiver.spans).toHaveLength(counted['exported'] ?? 0);
    expect(String(said.read()).match(/spans are dropped/g)).toHaveLength(1);
  });

  it('is told of once, and again when it is back', async () => {
    const sink = await opened({ delayMs: 1 });
    const until = (outcome: string, count: number): Promise<void> =>
      vi.waitFor(() => expect(counted[outcome] ?? 0).toBeGreaterThanOrEqual(count), 10_000);
    receiver.status = 401;
    for (let n = 1; n <= 2; n += 1) {
      sink.emit(CALL, SPANS);
      await until('failed', n * SPANS.length);
    }
    receiver.status = 200;
    sink.emit(CALL, SPANS);
    await until('exported', SPANS.length);
    await sink.close();
    const lines = String(said.read()).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'spans cannot be exported; calls go on without them',
      'spans are exported again',
    ]);
  });

  it('is not waited for at the end', async () => {
    receiver.silent = true;
    const clock = new ManualClock();
    const sink = await opened({ clock });
    sink.emit(CALL, SPANS);
    const closing = sink.close();
    clock.advance(3_000);
    await closing;
    sink.emit(CALL, SPANS);
    await sink.close();
    expect(counted['dropped']).toBeUndefined();
  });
});
