/**
 * Spans on their way to an OTLP receiver, over HTTP with protobuf. The queue is bounded and nobody waits
 * for it: a receiver that is down costs spans, which are counted, and never a call.
 */
import type { Context, HrTime, Span, SpanKind, Tracer } from '@opentelemetry/api';
import type { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { Clock } from '../../clock/clock.ts';
import type { Logger } from '../logger.ts';
import { countedExporter } from './counted-exporter.ts';
import type { OpenTelemetry } from './open-telemetry.ts';
import { loadOpenTelemetry } from './open-telemetry.ts';
import type { SpanData, SpanSink, TracedCall } from './span.ts';
import { CALL } from './span.ts';
import { remoteParentOf, spanIdOf, traceIdOf } from './trace-ids.ts';

/** What a node says of itself, and where its spans go. */
export interface OtlpOptions {
  /** Whole, with the path. */
  readonly url: string;
  /** Of each request. They may hold credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: that of `OTEL_RESOURCE_ATTRIBUTES`, else `onhook`. */
  readonly serviceName?: string | undefined;
  /** Of onhook. */
  readonly version: string;
  readonly nodeId: string;
  /** Spans that may wait. */
  readonly queueMax: number;
  /** How long a span waits for others at most, in ms. */
  readonly delayMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What became of `count` spans. */
  readonly onSpans: (outcome: 'exported' | 'failed' | 'dropped', count: number) => void;
}

/** A receiver that is there takes what waits well within this. */
const CLOSE_MAX_MS = 3_000;

/**
 * Reads the other `OTEL_BSP_*`, `OTEL_TRACES_SAMPLER*`, `OTEL_RESOURCE_ATTRIBUTES` and the time-outs, certificates
 * and compression of `OTEL_EXPORTER_OTLP_*` as the SDK does. Rejects with `TracesMissing`.
 */
export async function openOtlpSink(options: OtlpOptions): Promise<SpanSink> {
  return new OtlpSink(options, await loadOpenTelemetry());
}

class OtlpSink implements SpanSink {
  private readonly options: OtlpOptions;
  private readonly otel: OpenTelemetry;
  private readonly provider: BasicTracerProvider;
  private readonly tracer: Tracer;
  /** Ended, and not yet taken by the exporter. */
  private waiting = 0;
  private failing = false;
  private full = false;
  private closing: Promise<void> | undefined;
  /** Ids of the span that starts next: the SDK asks for them while it does. */
  private next = { traceId: '', spanId: '' };

  constructor(options: OtlpOptions, otel: OpenTelemetry) {
    const { url, headers, version, queueMax: maxQueueSize, delayMs: scheduledDelayMillis } = options;
    this.options = options;
    this.otel = otel;
    const exporter = countedExporter(new otel.otlp.OTLPTraceExporter({ url, headers }), {
      onTaken: (count) => (this.waiting -= count),
      onExported: (count, error) => this.onExported(count, error),
    });
    this.provider = new otel.sdk.BasicTracerProvider({
      resource: resourceOf(options, otel),
      idGenerator: {
        generateTraceId: () => this.next.traceId,
        generateSpanId: () => this.next.spanId,
      },
      spanProcessors: [new otel.sdk.BatchSpanProcessor(exporter, { maxQueueSize, scheduledDelayMillis })],
    });
    this.tracer = this.provider.getTracer('onhook', version);
  }

  emit(call: TracedCall, spans: readonly SpanData[]): void {
    const { trace, ROOT_CONTEXT } = this.otel.api;
    // The call's own sampling decides for all its spans, also before its span is there.
    const { traceFlags } = this.start(
      call,
      { key: CALL, name: CALL },
      this.remoteContext(call),
    ).spanContext();
    for (const span of spans) {
      const parent = span.parentKey && spanIdOf(call, span.parentKey);
      const context =
        parent === undefined
          ? this.remoteContext(call)
          : trace.setSpanContext(ROOT_CONTEXT, { traceId: traceIdOf(call), spanId: parent, traceFlags });
      this.end(this.start(call, span, context), span);
    }
  }

  close(): Promise<void> {
    this.closing ??= new Promise((resolve) => {
      const bound = this.options.clock.after(CLOSE_MAX_MS, resolve);
      const finish = (): void => {
        bound.cancel();
        resolve();
      };
      this.provider.shutdown().then(finish, finish);
    });
    return this.closing;
  }

  /** The gateway's span, or none. */
  private remoteContext(call: TracedCall): Context {
    const { trace, ROOT_CONTEXT, TraceFlags } = this.otel.api;
    const remote = remoteParentOf(call);
    if (remote === undefined) return ROOT_CONTEXT;
    const { traceId, spanId, sampled } = remote;
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
  }

  private start(
    call: TracedCall,
    span: Pick<SpanData, 'key' | 'name'> & Partial<SpanData>,
    context: Context,
  ): Span {
    const { key, name, kind = 'internal', startAt = 0, attributes = {} } = span;
    this.next = { traceId: traceIdOf(call), spanId: spanIdOf(call, key) };
    const options = { kind: this.kindOf(kind), startTime: timeOf(startAt), attributes };
    return this.tracer.startSpan(name, options, context);
  }

  private end(started: Span, { endAt, startAt, failure }: SpanData): void {
    if (!started.isRecording() || this.closing !== undefined) return;
    // Bounded here, where it is counted: the SDK's own bound is silent.
    if (this.waiting >= this.options.queueMax) return this.drop();
    this.full = false;
    this.waiting += 1;
    if (failure !== undefined) {
      started.setStatus({ code: this.otel.api.SpanStatusCode.ERROR, message: failure });
    }
    started.end(timeOf(Math.max(startAt, endAt)));
  }

  private kindOf(kind: SpanData['kind']): SpanKind {
    const { SpanKind } = this.otel.api;
    if (kind === 'client') return SpanKind.CLIENT;
    return kind === 'producer' ? SpanKind.PRODUCER : SpanKind.INTERNAL;
  }

  private drop(): void {
    this.options.onSpans('dropped', 1);
    if (!this.full)
      this.options.logger.warn('spans are dropped: more wait than may', { count: this.waiting });
    this.full = true;
  }

  private onExported(count: number, error: Error | undefined): void {
    const { logger, onSpans } = this.options;
    onSpans(error === undefined ? 'exported' : 'failed', count);
    if (error !== undefined && !this.failing) {
      logger.warn('spans cannot be exported; calls go on without them', { error, count });
    }
    if (error === undefined && this.failing) logger.info('spans are exported again', { count });
    this.failing = error !== undefined;
  }
}

/** A number would be taken for one of `performance.now()` where the call is older than the process. */
function timeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}

/** The environment's attributes over ours, and the configured name over both. */
function resourceOf({ serviceName, version, nodeId }: OtlpOptions, { resources }: OpenTelemetry) {
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
  const ours = { 'service.name': 'onhook', 'service.version': version, 'service.instance.id': nodeId };
  return defaultResource()
    .merge(resourceFromAttributes(ours))
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes(serviceName === undefined ? {} : { 'service.name': serviceName }));
}
