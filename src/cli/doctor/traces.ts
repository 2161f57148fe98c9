/** Traces: is the SDK there, and does the receiver answer? */
import type { Config } from '../../config/config.ts';
import { loadOpenTelemetry } from '../../telemetry/traces/open-telemetry.ts';
import { traceTargetOf } from '../serve/span-sink.ts';
import type { TraceTarget } from '../serve/span-sink.ts';
import { failed, ok, warn } from './check.ts';
import type { Finding } from './check.ts';

const NAME = 'traces';
const ANSWER_TIMEOUT_MS = 3_000;

/** Without a receiver calls end all the same: that is a warning. */
export async function checkTraces(config: Pick<Config, 'traces'>): Promise<Finding> {
  try {
    const target = traceTargetOf(config);
    if (target === undefined) return ok(NAME, 'off');
    await loadOpenTelemetry();
    return await ask(target);
  } catch (error) {
    return failed(NAME, error, 'do what it says, or set OTEL_SDK_DISABLED=true');
  }
}

/** An empty request is a valid one: no span. */
async function ask({ url, headers }: TraceTarget): Promise<Finding> {
  const { host } = new URL(url);
  const cure = 'start it, or correct OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS';
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (response.ok) return ok(NAME, `${host} takes them`);
    return warn(NAME, `${host} answers ${response.status}: calls go on, their traces are lost`, cure);
  } catch {
    return warn(NAME, `${host} does not answer: calls go on, their traces are lost`, cure);
  }
}
