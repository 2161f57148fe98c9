/** What a call is made again from when one of its lines was found up: its newest record, or none. */
import type { CallRecord } from '../contract/call-record.ts';
import { callRecordSchema, RECORD_SCHEMA } from '../contract/call-record.ts';
import type { JsonObject } from '../contract/json.ts';
import type { LegEntry } from '../contract/leg-entry.ts';
import type { Revival } from '../contract/own-events.ts';
import { INCARNATION_HEADER } from '../contract/record-headers.ts';
import { recordSubject } from '../contract/subjects.ts';
import type { LiveLine } from '../dispatcher/line-port.ts';
import type { Log } from '../log/log.ts';

/** Undefined: the record says that the line is not ours to end. `now`: ms since the epoch. */
export async function revivalOf(
  log: Log,
  line: LiveLine,
  entry: LegEntry,
  now: number,
): Promise<Revival | undefined> {
  const legs = { [entry.leg]: { provider: line.provider, address: { ...line.address, ...entry.account } } };
  const stored = await log.last('records', recordSubject(log.prefix, entry.callId));
  const incarnation = Number(stored?.headers.get(INCARNATION_HEADER));
  if (stored === undefined || !Number.isSafeInteger(incarnation)) {
    const record = unrecorded(line, entry, now) as unknown as JsonObject;
    return { record, incarnation: 0, unrecorded: true, legs };
  }
  const record = JSON.parse(new TextDecoder().decode(stored.data)) as JsonObject;
  const parsed = callRecordSchema.safeParse(record);
  if (!parsed.success || parsed.data.legs[entry.leg]?.termination === 'not_ours') return undefined;
  return { record: withLeg(parsed.data, entry.leg, now) as unknown as JsonObject, incarnation, legs };
}

/** A leg that a gateway named after the record was written. */
function withLeg(record: CallRecord, key: string, now: number): CallRecord {
  if (record.legs[key] !== undefined) return record;
  return {
    ...record,
    legs: { ...record.legs, [key]: { termination: 'forced_unconfirmed', attempts: 0, at: now } },
  };
}

/** The log lost the call: this is all that is known of it. */
function unrecorded({ provider }: LiveLine, { callId, gateway, leg }: LegEntry, now: number): CallRecord {
  return {
    schema: RECORD_SCHEMA,
    recordVersion: 1,
    callId,
    gateway,
    provider,
    startedAt: now,
    closedAt: now,
    endedBy: 'system',
    endedByBasis: 'inferred',
    endReason: 'gateway_lost',
    causes: [],
    endAttempts: [],
    farewell: 'none_needed',
    legs: { [leg]: { termination: 'forced_unconfirmed', attempts: 0, at: now } },
    endFunctions: [],
    state: {},
    timeline: [],
  };
}
