/** What an inspector may see: words of closed lists, whatever a message or a call carries. */
import { describe, expect, it } from 'vitest';
import { senderOf, shownContext, shownEvent } from '../../../src/cli/inspect/shown.ts';
import { maskedId } from '../../../src/telemetry/masked-id.ts';
import { HOSTILE, hostileCall, hostileMessage } from './hostile.ts';

describe('what an inspector is shown', () => {
  it('of a message is its type, its place and words of closed lists (invariant 22)', () => {
    expect(shownEvent(hostileMessage('caller.spoke'))).toEqual({ type: 'caller.spoke', seq: 7 });
  });

  it('of an outcome or a leg is its word, when it is one that onhook knows', () => {
    const settled = { outcome: { result: 'retry', detail: HOSTILE[0] }, attempt: 2, nonce: HOSTILE[1] };
    expect(shownEvent(hostileMessage('effect.settled', settled))).toEqual({
      type: 'effect.settled',
      seq: 7,
      result: 'retry',
      attempt: 2,
    });
    expect(shownEvent(hostileMessage('leg.status', { status: 'busy' }))).toMatchObject({ status: 'busy' });
    expect(shownEvent(hostileMessage('leg.status', { status: HOSTILE[0] }))).not.toHaveProperty('status');
    const fired = (timerId: string) => shownEvent(hostileMessage('timer.fired', { timerId }))['timer'];
    expect(fired('drain.draining')).toBe('drain');
    expect(fired('effect.hang-up-leg.15550103377')).toBeUndefined();
  });

  it('of a call is how it ends and which timers run, never what was said or learned', () => {
    expect(shownContext(hostileCall('CA1'))).toEqual({
      seq: 7,
      endAttempt: 1,
      timers: ['drain'],
      endedBy: 'caller',
      endReason: 'caller_hangup',
      farewell: 'none_needed',
    });
    const lied = { ...hostileCall('CA1'), endReason: HOSTILE[0], endedBy: HOSTILE[1], farewell: HOSTILE[2] };
    expect(Object.keys(shownContext(lied as never))).toEqual(['seq', 'endAttempt', 'timers']);
  });

  it('names a gateway only as such', () => {
    const from = (gateway: string) => senderOf({ ...hostileMessage('call.started'), gateway });
    expect(['acme-15550103377', '_onhook', '_ingress', '_operator'].map(from)).toEqual([
      '(gateway)',
      '(onhook)',
      '(carrier)',
      '(operator)',
    ]);
  });

  it.each([
    ['15550103377', '…77'],
    ['sip_15550103377', 'sip_…77'],
    ['call-1-555-010-3377', 'call-…77'],
    ['line15550103377x', 'line…77x'],
    ['_5550103_to_15550109988', '_…03_to_…88'],
    ['room-7', 'room-7'],
    ['CA12345678901234567890123456789012', 'CA12345678901234567890123456789012'],
    ['01234567-8901-2345-6789-012345678901', '01234567-8901-2345-6789-012345678901'],
  ])('masks phone numbers in a call id, and leaves random ids: %s', (callId, shown) => {
    expect(maskedId(callId)).toBe(shown);
  });
});
