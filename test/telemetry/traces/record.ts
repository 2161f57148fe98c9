/** A record of a call that ended well, to be varied. */
import type { CallRecord } from '../../../src/contract/call-record.ts';

export const CALL_ID = 'CA12345678901234567890123456789012';

export function recordWith(change: Partial<CallRecord> = {}): CallRecord {
  return {
    schema: 'onhook.record.v1',
    recordVersion: 1,
    callId: CALL_ID,
    gateway: 'gw1',
    provider: 'twilio',
    direction: 'inbound',
    startedAt: 1_000,
    closedAt: 9_000,
    endedBy: 'agent',
    endedByBasis: 'reported',
    endReason: 'agent_end_call',
    causes: [],
    endAttempts: [],
    farewell: 'confirmed',
    legs: { carrier: { termination: 'confirmed_by_response', attempts: 1, at: 8_000 } },
    endFunctions: [],
    state: {},
    timeline: [
      { at: 3_000, from: 'active', to: 'draining', cause: 'end.requested' },
      { at: 4_000, from: 'draining', to: 'active', cause: 'operator.end-cancelled' },
      { at: 8_000, from: 'active', to: 'terminating', cause: 'caller.left' },
      { at: 8_000, from: 'terminating', to: 'post-processing', cause: 'caller.left' },
      { at: 9_000, from: 'post-processing', to: 'closed', cause: 'record.decided' },
    ],
    ...change,
  };
}
