/** The OpenTelemetry SDK, loaded only when traces are configured: optional peers, and slow to load. */
import type * as api from '@opentelemetry/api';
import type * as otlp from '@opentelemetry/exporter-trace-otlp-proto';
import type * as resources from '@opentelemetry/resources';
import type * as sdk from '@opentelemetry/sdk-trace-base';

/** The packages are optional peers, and one is absent. Exit 78. */
export class TracesMissing extends Error {
  readonly code = 'traces_missing';
  constructor(cause: unknown) {
    super(
      'traces are configured (OTEL_EXPORTER_OTLP_ENDPOINT) and the OpenTelemetry SDK is not there; install it: ' +
        'npm install @opentelemetry/api@1.9 @opentelemetry/sdk-trace-base@2 @opentelemetry/resources@2 ' +
        '@opentelemetry/exporter-trace-otlp-proto@0.220; or set OTEL_SDK_DISABLED=true',
      { cause },
    );
    this.name = 'TracesMissing';
  }
}

/** The four packages. */
export interface OpenTelemetry {
  readonly api: typeof api;
  readonly sdk: typeof sdk;
  readonly resources: typeof resources;
  readonly otlp: typeof otlp;
}

/** Registers nothing globally. Rejects with {@link TracesMissing}. May run twice. */
export async function loadOpenTelemetry(): Promise<OpenTelemetry> {
  try {
    return {
      api: await import('@opentelemetry/api'),
      sdk: await import('@opentelemetry/sdk-trace-base'),
      resources: await import('@opentelemetry/resources'),
      otlp: await import('@opentelemetry/exporter-trace-otlp-proto'),
    };
  } catch (error) {
    throw new TracesMissing(error);
  }
}
