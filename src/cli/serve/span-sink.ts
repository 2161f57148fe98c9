/** Where the configuration sends traces, if anywhere. */
import type { Clock } from '../../clock/clock.ts';
import type { Config } from '../../config/config.ts';
import type { Secret } from '../../config/secret.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { openOtlpSink } from '../../telemetry/traces/otlp-sink.ts';
import type { SpanSink } from '../../telemetry/traces/span.ts';
import { packageVersion } from '../version.ts';

const PROTOCOL = 'http/protobuf';

/** Another protocol is configured than the one that is spoken. Exit 78. */
export class TracesProtocolUnsupported extends Error {
  readonly code = 'traces_protocol_unsupported';
  constructor(protocol: string) {
    super(
      `OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}; traces are sent as ${PROTOCOL} only: set it to that, and the ` +
        "endpoint to the receiver's HTTP port (4318)",
    );
    this.name = 'TracesProtocolUnsupported';
  }
}

export interface SpanSinkOptions {
  readonly config: Config;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onSpans: Metrics['spans'];
}

/** Where spans go. */
export interface TraceTarget {
  /** Whole, with the path. */
  readonly url: string;
  /** They may hold credentials. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Undefined: traces are off. Throws {@link TracesProtocolUnsupported}. */
export function traceTargetOf({ traces }: Pick<Config, 'traces'>): TraceTarget | undefined {
  const url = traces.tracesEndpoint ?? withPath(traces.endpoint);
  if (url === undefined || traces.disabled) return undefined;
  const protocol = traces.tracesProtocol ?? traces.protocol ?? PROTOCOL;
  if (protocol !== PROTOCOL) throw new TracesProtocolUnsupported(protocol);
  return { url, headers: { ...headersOf(traces.headers), ...headersOf(traces.tracesHeaders) } };
}

/** Undefined unless configured: the SDK is not loaded then. Rejects with {@link TracesProtocolUnsupported}, `TracesMissing`. */
export async function spanSinkOf(options: SpanSinkOptions): Promise<SpanSink | undefined> {
  const { config, nodeId, clock, logger, onSpans } = options;
  const target = traceTargetOf(config);
  if (target === undefined) return undefined;
  const { serviceName, queueMax, delayMs } = config.traces;
  return openOtlpSink({
    ...target,
    serviceName,
    version: packageVersion(),
    nodeId,
    queueMax,
    delayMs,
    clock,
    logger,
    onSpans,
  });
}

function withPath(endpoint: string | undefined): string | undefined {
  return endpoint && `${endpoint.replace(/\/$/, '')}/v1/traces`;
}

/** `name=value,name=value`, percent-encoded (OpenTelemetry, OTLP exporter). What is no pair is left out. */
function headersOf(given: Secret | undefined): Record<string, string> {
  const pairs = (given?.reveal() ?? '').split(',').flatMap((pair): [string, string][] => {
    const [name = '', ...value] = pair.split('=');
    return value.length === 0 ? [] : [[decoded(name), decoded(value.join('='))]];
  });
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text.trim();
  }
}
