/** Spans as data: what a record and an attempt become, and what they never say. */
import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../src/contract/effect.ts';
import type { Outcome } from '../../../src/contract/outcome.ts';
import { attemptSpan } from '../../../src/telemetry/traces/attempt-span.ts';
import { callSpans } from '../../../src/telemetry/traces/call-spans.ts';
import { remoteParentOf, spanIdOf, traceIdOf } from '../../../src/telemetry/traces/trace-ids.ts';
import { CALL_ID, recordWith } from './record.ts';

const PHONE = '+15551234567';
const HANGUP: Effect = {
  effectId: 'e-1',
  kind: 'hang-up-leg',
  callId: CALL_ID,
  gateway: 'gw1',
  attempt: 2,
  position: { era: 0, seq: 9 },
  cause: 'mark.echoed',
  requestedAt: 5_000,
  idempotencyKey: 'e-1',
  timeoutMs: 1_000,
  payload: { leg: 'carrier', provider: 'twilio', address: { callSid: CALL_ID, from: PHONE } },
};

function attempt(outcome: Outcome | undefined, change: Partial<Effect> = {}) {
  const effect = { ...HANGUP, ...change };
  return attemptSpan({ effect, parentKey: 'state/2', startAt: 5_000, endAt: 5_100, outcome });
}

describe('the spans of a record', () => {
  it('are the call and each passage through a state, a state that came again too', () => {
    const [call, ...states] = callSpans(recordWith(), false);
    expect(call).toMatchObject({ key: 'call', parentKey: undefined, startAt: 1_000, endAt: 9_000 });
    expect(states.map(({ key, name, startAt, endAt }) => `${key} ${name} ${startAt}-${endAt}`)).toEqual([
      'state/0 active 1000-3000',
      'state/1 draining 3000-4000',
      'state/2 active 4000-8000',
      'state/3 terminating 8000-8000',
      'state/4 post-processing 8000-9000',
    ]);
    expect(states[1]?.attributes).toMatchObject({
      'onhook.state.entered_by': 'end.requested',
      'onhook.state.left_by': 'operator.end-cancelled',
    });
  });

  const dead = { name: 'crm', version: '1', status: 'dead_lettered', attempts: 5 } as const;
  it.each([
    [{}, undefined],
    [{ endFunctions: [{ ...dead, status: 'skipped' as const }] }, undefined],
    [{ endReason: 'gateway_lost' as const }, undefined],
    [{ endFunctions: [dead] }, 'end function crm dead_lettered'],
    [{ legs: { carrier: { termination: 'failed' as const, attempts: 3, at: 1 } } }, 'leg carrier failed'],
    [
      { legs: { [`sip_${PHONE}`]: { termination: 'forced_unconfirmed' as const, attempts: 3, at: 1 } } },
      'leg sip_…67 forced_unconfirmed',
    ],
    [{ endReason: 'internal_error' as const }, 'internal_error'],
  ])('are an error where a line may be up or work was given up: %o', (change, failure) => {
    expect(callSpans(recordWith(change), false)[0]?.failure).toBe(failure);
  });

  it('hold personal data only under pii, and only when enabled (invariant 22)', () => {
    const record = recordWith({
      callId: 'sip_15551234567',
      id: `sip:${PHONE}@planted`,
      from: PHONE,
      to: PHONE,
      state: { note: 'planted' },
      disposition: { code: 'planted', detail: 'planted' },
      causes: [{ at: 1, type: 'end.requested', detail: 'planted' }],
    });
    expect(JSON.stringify(callSpans(record, false))).not.toMatch(/5551234567|planted|pii/);
    const [{ attributes } = { attributes: {} }, ...states] = callSpans(record, true);
    const personal = Object.entries(attributes).filter(([, value]) => /5551234567/.test(String(value)));
    expect(personal.map(([name]) => name)).toEqual(['pii.call.id', 'pii.call.raw_id', 'pii.from', 'pii.to']);
    expect(JSON.stringify(states)).not.toMatch(/5551234567|planted/);
  });
});

describe('the span of an attempt', () => {
  it('says what was asked of whom, and what came of it', () => {
    expect(attempt({ result: 'retry', code: 'http_503', retryAfterMs: 400 })).toMatchObject({
      key: 'attempt/e-1/2',
      parentKey: 'state/2',
      name: 'hang-up-leg',
      kind: 'client',
      failure: 'http_503',
      attributes: {
        'onhook.attempt': 2,
        'onhook.cause': 'mark.echoed',
        'onhook.leg': 'carrier',
        'onhook.provider': 'twilio',
        'onhook.outcome': 'retry',
        'onhook.retry_after_ms': 400,
      },
    });
    const mark = attempt(
      { result: 'done' },
      { kind: 'command', payload: { verb: 'mark', body: { name: 'x' } } },
    );
    expect(mark).toMatchObject({ name: 'command mark', failure: undefined });
    const payload = { function: 'crm', version: '3', input: { from: PHONE } };
    const crm = attempt({ result: 'fatal' }, { kind: 'run-end-function', payload });
    expect(crm).toMatchObject({ name: 'run-end-function crm', kind: 'internal', failure: 'fatal' });
    expect(JSON.stringify([mark, crm])).not.toContain('555');
  });

  it.each(['done', 'already-gone', 'accepted', 'live'] as const)('is no error: %s', (result) => {
    expect(attempt({ result }).failure).toBeUndefined();
  });

  it.each(['retry', 'fatal', 'refused', 'no-responder'] as const)('is an error: %s', (result) => {
    expect(attempt({ result }).failure).toBe(result);
  });

  it('that was withdrawn is no error', () => {
    expect(attempt(undefined)).toMatchObject({
      failure: undefined,
      attributes: { 'onhook.outcome': 'withdrawn' },
    });
  });

  it('quotes nothing that a server or a gateway made up', () => {
    const outcome = {
      result: 'fatal',
      code: `for ${PHONE}`,
      status: 'Bearer planted',
      detail: PHONE,
    } as const;
    const data = { output: { planted: PHONE } };
    const payload = { leg: `sip_${PHONE}`, provider: PHONE.slice(1), address: {} };
    const span = attempt({ ...outcome, data }, { payload, callId: `call-${PHONE}` });
    expect(JSON.stringify(span)).not.toMatch(/5551234567|planted/);
    expect(span.failure).toBe('fatal');
  });
});

describe('ids', () => {
  const call = { callId: CALL_ID, incarnation: 7 };

  it('come from the call alone, so that every owner makes the same', () => {
    expect(traceIdOf(call)).toBe(traceIdOf({ ...call, incarnation: 8 }));
    expect(traceIdOf(call)).toMatch(/^[0-9a-f]{32}$/);
    expect(spanIdOf(call, 'state/0')).toMatch(/^[0-9a-f]{16}$/);
    const keys = ['call', 'state/0', 'state/1', 'attempt/e/1', 'attempt/e/2'];
    expect(new Set(keys.map((key) => spanIdOf(call, key))).size).toBe(keys.length);
    expect(spanIdOf(call, 'call')).not.toBe(spanIdOf({ ...call, incarnation: 8 }, 'call'));
  });

  it.each([
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
    ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00', false],
    ['cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03', true],
  ])("take the gateway's where it gives one: %s", (traceparent, sampled) => {
    const remote = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled };
    expect(remoteParentOf({ ...call, traceparent })).toEqual(remote);
    expect(traceIdOf({ ...call, traceparent })).toBe(remote.traceId);
  });

  it.each([
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    'garbage',
  ])('take none that is invalid: %s', (traceparent) => {
    expect(remoteParentOf({ ...call, traceparent })).toBeUndefined();
    expect(traceIdOf({ ...call, traceparent })).toBe(traceIdOf(call));
  });
});
