/** One call of the stub: what Twilio knows about it, and how its JSON looks. */
import { dateOf } from '../../clock/instant.ts';

export type StubCallStatus =
  'queued' | 'ringing' | 'in-progress' | 'completed' | 'busy' | 'failed' | 'no-answer' | 'canceled';

export interface StubCallOptions {
  readonly sid: string;
  /** Default: the stub's first account. */
  readonly accountSid?: string;
  /** Default `in-progress`. */
  readonly status?: StubCallStatus;
  readonly parentCallSid?: string;
  readonly direction?: 'inbound' | 'outbound-api' | 'outbound-dial';
  readonly from?: string;
  readonly to?: string;
  /** Where status callbacks are POSTed, signed with the account's auth token. */
  readonly statusCallback?: string;
  /** Events wanted, as in Twilio's StatusCallbackEvent; default `completed` alone. */
  readonly statusCallbackEvents?: readonly ('initiated' | 'ringing' | 'answered' | 'completed')[];
  /**
   * A hangup is answered with the call's old status and takes effect this much later, in ms;
   * `never` takes no effect. Default: at once.
   */
  readonly hangupLag?: number | 'never';
  /** What an update of this call is told once it has ended; default `20404`, as seen in the field. */
  readonly whenEnded?: '20404' | '21220' | 'unchanged';
}

export interface StubCall extends StubCallOptions {
  readonly accountSid: string;
  readonly status: StubCallStatus;
  readonly direction: 'inbound' | 'outbound-api' | 'outbound-dial';
  /** Ms since the epoch. */
  readonly createdAt: number;
  readonly answeredAt?: number;
  readonly endedAt?: number;
}

const TERMINAL: ReadonlySet<StubCallStatus> = new Set([
  'completed',
  'busy',
  'failed',
  'no-answer',
  'canceled',
]);

export function hasEnded(call: Pick<StubCall, 'status'>): boolean {
  return TERMINAL.has(call.status);
}

/** A new call; its answer time is its creation when it begins in progress. */
export function newCall(options: StubCallOptions, accountSid: string, now: number): StubCall {
  const status = options.status ?? 'in-progress';
  return {
    ...options,
    accountSid: options.accountSid ?? accountSid,
    status,
    direction: options.direction ?? 'inbound',
    createdAt: now,
    ...(status === 'in-progress' ? { answeredAt: now } : {}),
    ...(TERMINAL.has(status) ? { endedAt: now } : {}),
  };
}

/** The call with another status, its answer and end times set as Twilio would. */
export function withStatus(call: StubCall, status: StubCallStatus, now: number): StubCall {
  const answered = status === 'in-progress' && call.answeredAt === undefined ? { answeredAt: now } : {};
  return { ...call, status, ...answered, ...(TERMINAL.has(status) ? { endedAt: now } : {}) };
}

/** Whole seconds between answer and end; 0 while the call goes on or when it was never answered. */
export function durationS(call: StubCall): number {
  if (call.answeredAt === undefined || call.endedAt === undefined) return 0;
  return Math.floor((call.endedAt - call.answeredAt) / 1000);
}

/** As Twilio writes dates: RFC 2822, always GMT. */
export function rfc2822(at: number): string {
  return dateOf(at).toUTCString().replace('GMT', '+0000');
}

/** The Call resource as JSON. Source of the fields: Twilio's Call resource, version 2010-04-01. */
export function callJson(call: StubCall): Record<string, unknown> {
  const uri = `/2010-04-01/Accounts/${call.accountSid}/Calls/${call.sid}`;
  const written = (at: number | undefined): string | null => (at === undefined ? null : rfc2822(at));
  return {
    sid: call.sid,
    account_sid: call.accountSid,
    parent_call_sid: call.parentCallSid ?? null,
    status: call.status,
    direction: call.direction,
    from: call.from ?? '',
    to: call.to ?? '',
    date_created: written(call.createdAt),
    date_updated: written(call.endedAt ?? call.answeredAt ?? call.createdAt),
    start_time: written(call.answeredAt),
    end_time: written(call.endedAt),
    duration: hasEnded(call) ? String(durationS(call)) : null,
    answered_by: null,
    api_version: '2010-04-01',
    price: null,
    price_unit: 'USD',
    queue_time: '0',
    uri: `${uri}.json`,
    subresource_uris: { recordings: `${uri}/Recordings.json`, notifications: `${uri}/Notifications.json` },
  };
}
