/** The spans of a closed call, from its record: the call, and each state with its real start and end. */
import type { CallRecord } from '../../contract/call-record.ts';
import { maskedId } from '../masked-id.ts';
import type { SpanData } from './span.ts';
import { CALL, stateKey } from './span.ts';

/** A line that may be up, and work that was given up. */
const UNENDED = new Set(['failed', 'forced_unconfirmed']);

function failureOf({ legs, endFunctions, endReason }: CallRecord): string | undefined {
  const leg = Object.entries(legs).find(([, { termination }]) => UNENDED.has(termination));
  if (leg !== undefined) return `leg ${maskedId(leg[0])} ${leg[1].termination}`;
  const dead = endFunctions.find(({ status }) => status === 'dead_lettered');
  if (dead !== undefined) return `end function ${dead.name} dead_lettered`;
  return endReason === 'internal_error' ? endReason : undefined;
}

/** The well-known ones: other keys are the gateway's words. */
const LEGS = ['carrier', 'room', 'session'];

function terminationsOf({ legs }: CallRecord): Record<string, string | undefined> {
  return Object.fromEntries(LEGS.map((key) => [`onhook.leg.${key}`, legs[key]?.termination]));
}

function callSpan(record: CallRecord, personalData: boolean): SpanData {
  const { callId, id, from, to } = record;
  return {
    key: CALL,
    parentKey: undefined,
    name: 'call',
    kind: 'internal',
    startAt: record.startedAt,
    endAt: record.closedAt,
    attributes: {
      'onhook.call.id': maskedId(callId),
      'onhook.gateway': maskedId(record.gateway),
      'onhook.provider': maskedId(record.provider),
      'onhook.mode': record.mode ?? 'own',
      'onhook.direction': record.direction,
      'onhook.end.reason': record.endReason,
      'onhook.end.by': record.endedBy,
      'onhook.end.basis': record.endedByBasis,
      'onhook.farewell': record.farewell,
      'onhook.farewell.silence_after_ms': record.silenceAfterFarewellMs,
      ...terminationsOf(record),
      ...(personalData
        ? { 'pii.call.id': callId, 'pii.call.raw_id': id, 'pii.from': from, 'pii.to': to }
        : {}),
    },
    failure: failureOf(record),
  };
}

/** `closed` is where the trace ends: it has no length, and so no span. Pure. */
export function callSpans(record: CallRecord, personalData: boolean): SpanData[] {
  const states = record.timeline.map(({ at, from, cause }, index): SpanData => {
    const before = record.timeline[index - 1];
    return {
      key: stateKey(index),
      parentKey: CALL,
      name: from,
      kind: 'internal',
      startAt: before?.at ?? record.startedAt,
      endAt: at,
      attributes: {
        'onhook.call.id': maskedId(record.callId),
        'onhook.state': from,
        'onhook.state.entered_by': before?.cause ?? 'call.started',
        'onhook.state.left_by': cause,
      },
    };
  });
  return [callSpan(record, personalData), ...states];
}
