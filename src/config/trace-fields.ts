/**
 * Settings of traces, under OpenTelemetry's own variables. What is not here (the other `OTEL_BSP_*`,
 * `OTEL_TRACES_SAMPLER`, `OTEL_RESOURCE_ATTRIBUTES`, certificates, compression) the SDK reads itself.
 */
import { z } from 'zod';
import { fields, optional, secret } from './field.ts';

const httpUrl = z.url({ protocol: /^https?$/ });
const text = z.string().min(1);

/** On when an endpoint is given. */
export const traceFields = z.strictObject({
  endpoint: optional(
    httpUrl,
    'base URL of an OTLP receiver that gets a trace of each call; `/v1/traces` is added',
    {
      env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      reason: 'off: the OpenTelemetry SDK is not loaded',
    },
  ),
  tracesEndpoint: optional(httpUrl, 'the same, whole, in place of the base URL', {
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  }),
  headers: secret('headers for the receiver, `name=value,name=value`, each percent-encoded', {
    env: 'OTEL_EXPORTER_OTLP_HEADERS',
  }),
  tracesHeaders: secret('more of them, over those', { env: 'OTEL_EXPORTER_OTLP_TRACES_HEADERS' }),
  protocol: optional(text, 'only `http/protobuf`; another is refused when traces are on', {
    env: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    reason: 'the one that every receiver takes over HTTP',
  }),
  tracesProtocol: optional(text, 'the same, over that', { env: 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL' }),
  serviceName: optional(text, 'name of the service in its traces', {
    env: 'OTEL_SERVICE_NAME',
    reason: 'that of `OTEL_RESOURCE_ATTRIBUTES`, else `onhook`',
  }),
  disabled: z.boolean().default(false).register(fields, {
    description: 'no traces, whatever else is set',
    reason: 'an endpoint alone turns them on',
    env: 'OTEL_SDK_DISABLED',
  }),
  delayMs: z.number().int().min(1).max(600_000).default(1_000).register(fields, {
    description: 'how long a span waits for others at most, in ms',
    reason: 'what has not been sent when a node is killed is lost',
    env: 'OTEL_BSP_SCHEDULE_DELAY',
  }),
  queueMax: z.number().int().min(512).max(1_000_000).default(20_000).register(fields, {
    description: 'spans that may wait for the receiver; more are dropped and counted',
    reason: 'a thousand calls that end at once, in about 20 MB',
    env: 'OTEL_BSP_MAX_QUEUE_SIZE',
  }),
});
