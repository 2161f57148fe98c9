/** What `onhook doctor` says of traces. */
import { describe, expect, it } from 'vitest';
import { checkTraces } from '../../src/cli/doctor/traces.ts';
import type { Finding } from '../../src/cli/doctor/check.ts';
import { loadConfig } from '../../src/config/config.ts';
import { startOtlpReceiver } from '../telemetry/traces/otlp-receiver.ts';

function check(env: NodeJS.ProcessEnv): Promise<Finding> {
  const file = new URL('../config/empty.yaml', import.meta.url).pathname;
  return checkTraces(loadConfig({ env, file }).config);
}

describe('onhook doctor', () => {
  it('says that traces are off', async () => {
    expect(await check({})).toEqual({ name: 'traces', verdict: 'OK', message: 'off' });
  });

  it('asks the receiver, with its headers', async () => {
    const receiver = await startOtlpReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_HEADERS: 'x-key=planted' };
    expect(await check(env)).toMatchObject({ verdict: 'OK', message: expect.stringContaining('takes them') });
    expect(receiver.requests).toMatchObject([{ path: '/v1/traces', headers: { 'x-key': 'planted' } }]);
    receiver.status = 401;
    expect(await check(env)).toMatchObject({ verdict: 'WARN', message: expect.stringContaining('401') });
    await receiver.close();
    const absent = await check(env);
    expect(absent).toMatchObject({ verdict: 'WARN', message: expect.stringContaining('does not answer') });
    expect(JSON.stringify(absent)).not.toContain('planted');
  });

  it('fails for what would not start', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(await check(env)).toMatchObject({ verdict: 'FAIL', message: expect.stringContaining('grpc') });
  });
});
