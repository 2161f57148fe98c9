/** What a log line may say: invariant 22, planted secrets appear nowhere. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { Logger, LoggerOptions } from '../../src/telemetry/logger.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { LogFields } from '../../src/telemetry/log-fields.ts';

const SECRET = 'planted"s3cret/+value';
const PHONE = '+15551234567';

async function logged(write: (log: Logger) => void, options: Partial<LoggerOptions> = {}): Promise<string> {
  const output = new PassThrough();
  const log = await createLogger({
    level: 'debug',
    clock: new ManualClock(),
    secrets: [SECRET],
    output,
    ...options,
  });
  write(log);
  return String(output.read() ?? '');
}

/** A caller whose types were wrong. */
function untyped(fields: Record<string, unknown>): LogFields {
  return fields;
}

class OwnError extends Error {
  readonly code = 'log_unavailable';
}

describe('the log', () => {
  it('writes one JSON line with the level, the time and the known fields', async () => {
    const text = await logged((log) =>
      log.info('call closed', { callId: 'CA1', endReason: 'agent_end_call' }),
    );
    expect(JSON.parse(text)).toEqual({
      level: 'info',
      time: '2023-11-14T22:13:20.000Z',
      callId: 'CA1',
      endReason: 'agent_end_call',
      msg: 'call closed',
    });
  });

  it('drops every field that is not known to be safe, in children too', async () => {
    const text = await logged((log) =>
      log
        .child(untyped({ gateway: 'gw1', from: PHONE, authorization: 'Bearer x' }))
        .warn('refused', untyped({ to: PHONE, body: { a: 1 }, callId: { nested: PHONE }, status: 403 })),
    );
    expect(JSON.parse(text)).toMatchObject({ gateway: 'gw1', status: 403, msg: 'refused' });
    expect(text).not.toMatch(/5551234567|Bearer|body|nested/);
  });

  it('writes personal data only under pii, and only when enabled', async () => {
    const write = (log: Logger): void => log.info('call started', { pii: { from: PHONE } });
    expect(await logged(write)).not.toContain(PHONE);
    expect(JSON.parse(await logged(write, { personalData: true }))).toMatchObject({ pii: { from: PHONE } });
  });

  it('quotes our own errors and only names those of vendors', async () => {
    const ours = await logged((log) => log.error('failed', { error: new OwnError('check that NATS is up') }));
    expect(JSON.parse(ours)).toMatchObject({
      error: { code: 'log_unavailable', message: 'check that NATS is up' },
    });
    const theirs = await logged((log) => log.error('failed', { error: new TypeError(`bad ${PHONE}`) }));
    expect(JSON.parse(theirs)).toMatchObject({ error: { name: 'TypeError' } });
    expect(theirs).not.toContain(PHONE);
  });

  it.each([false, true])(
    'never writes a configured secret, wherever it was put: invariant 22',
    async (pretty) => {
      const spelled = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64')];
      const text = await logged(
        (log) => {
          for (const secret of spelled) {
            log.child({ node: secret }).info(`message ${secret}`, { callId: secret, pii: { a: secret } });
            log.error('failed', { error: new OwnError(secret), server: `nats://u:${secret}@host` });
          }
        },
        { personalData: true, pretty },
      );
      expect(text).toContain('[secret]');
      for (const secret of spelled) expect(text).not.toContain(secret);
      expect(text).not.toContain('s3cret');
    },
  );

  it('keeps lines below its level', async () => {
    expect(await logged((log) => log.info('quiet'), { level: 'warn' })).toBe('');
  });
});
