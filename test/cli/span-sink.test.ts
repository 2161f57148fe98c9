/** How the standard variables and the file say where traces go. */
import { describe, expect, it } from 'vitest';
import { spanSinkOf, TracesProtocolUnsupported } from '../../src/cli/serve/span-sink.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { SpanSink } from '../../src/telemetry/traces/span.ts';
import { startOtlpReceiver } from '../telemetry/traces/otlp-receiver.ts';

async function sinkOf(env: NodeJS.ProcessEnv): Promise<SpanSink | undefined> {
  const { config } = loadConfig({ env, file: new URL('../config/empty.yaml', import.meta.url).pathname });
  const logger = await createLogger({
    level: 'silent',
    clock: systemClock,
    secrets: [],
    output: process.stderr,
  });
  return spanSinkOf({ config, nodeId: 'n1', clock: systemClock, logger, onSpans: () => undefined });
}

const SPAN = { key: 'call', parentKey: undefined, name: 'call', kind: 'internal', attributes: {} } as const;

describe('traces', () => {
  it.each([
    {},
    { OTEL_SERVICE_NAME: 'voice', OTEL_EXPORTER_OTLP_HEADERS: 'a=b', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' },
  ])('are off: %o', async (env) => {
    expect(await sinkOf(env)).toBeUndefined();
  });

  it.each([
    ['/v1/traces', (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url })],
    ['/base/v1/traces', (url: string) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/base/` })],
    [
      '/mine',
      (url: string) => ({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/mine`,
      }),
    ],
  ])('are posted to %s', async (path, env) => {
    const receiver = await startOtlpReceiver();
    const sink = await sinkOf({
      ...env(receiver.url),
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20eDp5,x-two=a=b',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-two=c, x-three = d ',
    });
    sink?.emit({ callId: 'CA1', incarnation: 1 }, [{ ...SPAN, startAt: 1, endAt: 2 }]);
    await sink?.close();
    await receiver.close();
    expect(receiver.requests).toMatchObject([
      { path, headers: { authorization: 'Basic eDp5', 'x-two': 'c', 'x-three': 'd' } },
    ]);
  });

  it.each([
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' },
  ])('are refused in another protocol: %o', async (env) => {
    const asked = sinkOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', ...env });
    await expect(asked).rejects.toBeInstanceOf(TracesProtocolUnsupported);
  });
});
