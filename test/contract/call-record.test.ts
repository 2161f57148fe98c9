/** The call record's shape is the contract's, in code and as JSON Schema. */
import { describe, expect, it } from 'vitest';
import { callRecordJsonSchema, callRecordSchema } from '../../src/contract/call-record.ts';
import type { CallRecord } from '../../src/contract/call-record.ts';

const least: CallRecord = {
  schema: 'onhook.record.v1',
  recordVersion: 1,
  callId: 'CA1',
  gateway: 'gw1',
  provider: 'twilio',
  startedAt: 1,
  closedAt: 2,
  endedBy: 'agent',
  endedByBasis: 'reported',
  endReason: 'agent_end_call',
  causes: [],
  endAttempts: [],
  farewell: 'confirmed',
  legs: {},
  endFunctions: [],
  state: {},
  timeline: [],
};

const full: CallRecord = {
  ...least,
  id: 'raw id',
  direction: 'outbound',
  from: '+15550100',
  to: '+15550101',
  answeredAt: 1,
  endedAt: 2,
  causes: [{ at: 1, type: 'end.requested', detail: 'x' }],
  causesDropped: 3,
  endAttempts: [{ attempt: 1, by: 'agent', outcome: 'ended' }],
  legs: { carrier: { termination: 'confirmed_by_response', attempts: 1, at: 2, detail: 'x' } },
  endFunctions: [
    {
      name: 'summary',
      version: '1',
      status: 'succeeded',
      reason: 'x',
      attempts: 1,
      startedAt: 1,
      endedAt: 2,
      output: { a: [null] },
      error: 'x',
      missing: ['state.a'],
      ranVersion: '2',
      followUp: { at: 1, status: 'succeeded', attempts: 1, endedAt: 2, output: 1, error: 'x' },
    },
  ],
  disposition: { code: 'sale', detail: 'x' },
  state: { a: { b: 1 } },
  late: [{ at: 1, type: 'transcript.appended', data: { role: 'caller', text: 'x' } }],
  lateDropped: 1,
  timeline: [{ at: 1, from: 'active', to: 'draining', cause: 'end.requested' }],
  mode: 'observe',
  silenceAfterFarewellMs: 12,
  would: [{ effect: 'hang-up-leg', at: 1, cause: 'mark.echoed' }],
  emergency: true,
};

describe('the call record', () => {
  it('may be short or full, and keeps every field of the contract', () => {
    expect(callRecordSchema.parse(least)).toEqual(least);
    expect(callRecordSchema.parse(full)).toEqual(full);
  });

  it('has no required field fewer, and no word of its own', () => {
    for (const field of Object.keys(least)) {
      const { [field]: _left, ...rest } = least as unknown as Record<string, unknown>;
      expect(callRecordSchema.safeParse(rest).success, field).toBe(false);
    }
    expect(callRecordSchema.safeParse({ ...least, endReason: 'hangup' }).success).toBe(false);
    expect(callRecordSchema.safeParse({ ...least, farewell: 'played' }).success).toBe(false);
  });

  it('has a JSON Schema with the same fields', () => {
    const schema = callRecordJsonSchema();
    expect(schema['title']).toBe('onhook.record.v1');
    expect(Object.keys(schema['properties'] as object).toSorted()).toEqual(Object.keys(full).toSorted());
    expect([...(schema['required'] as string[])].toSorted()).toEqual(Object.keys(least).toSorted());
  });
});
