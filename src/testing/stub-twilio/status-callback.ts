/**
 * Twilio's status callback: which statuses are told, with which fields, signed as Twilio signs.
 * Fields as in real captured requests.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../clock/clock.ts';
import { durationS, hasEnded, rfc2822 } from './call.ts';
import type { StubCall, StubCallStatus } from './call.ts';
import type { StubTwilioAccount } from './account.ts';

/** The StatusCallbackEvent under which a status is told. */
export function eventOf(status: StubCallStatus): 'initiated' | 'ringing' | 'answered' | 'completed' {
  if (status === 'queued') return 'initiated';
  if (status === 'ringing') return 'ringing';
  return status === 'in-progress' ? 'answered' : 'completed';
}

/** The form fields; `sequence` counts from 0 per call. */
export function callbackFields(call: StubCall, sequence: number, now: number): Record<string, string> {
  const seconds = durationS(call);
  return {
    CallSid: call.sid,
    AccountSid: call.accountSid,
    From: call.from ?? '',
    To: call.to ?? '',
    Caller: call.from ?? '',
    Called: call.to ?? '',
    Direction: call.direction,
    CallStatus: call.status,
    ApiVersion: '2010-04-01',
    CallbackSource: 'call-progress-events',
    SequenceNumber: String(sequence),
    Timestamp: rfc2822(now),
    ...(call.parentCallSid === undefined ? {} : { ParentCallSid: call.parentCallSid }),
    ...(hasEnded(call)
      ? { CallDuration: String(seconds), Duration: String(Math.max(1, Math.ceil(seconds / 60))) }
      : {}),
  };
}

/** base64(HMAC-SHA1(auth token, url + each key and value, sorted by key)). */
export function signature(authToken: string, url: string, fields: Readonly<Record<string, string>>): string {
  const signed = Object.keys(fields)
    .toSorted()
    .reduce((text, key) => text + key + (fields[key] ?? ''), url);
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64');
}

/**
 * Sends callbacks one after another per call, as Twilio does on a good day. A receiver that fails is
 * not tried again: neither does Twilio unless told to.
 */
export function statusCallbacks(
  accounts: readonly StubTwilioAccount[],
  clock: Clock,
): { tell: (call: StubCall) => void; settled: () => Promise<void> } {
  const sequences = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  const post = async (call: StubCall, url: string, fields: Record<string, string>): Promise<void> => {
    const authToken = accounts.find(({ accountSid }) => accountSid === call.accountSid)?.authToken ?? '';
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'user-agent': 'TwilioProxy/1.1',
        'x-twilio-signature': signature(authToken, url, fields),
      },
      body: new URLSearchParams(fields).toString(),
    });
    await response.arrayBuffer();
  };
  return {
    tell: (call) => {
      const { sid, statusCallback, statusCallbackEvents = ['completed'] } = call;
      if (statusCallback === undefined || !statusCallbackEvents.includes(eventOf(call.status))) return;
      const sequence = sequences.get(sid) ?? 0;
      sequences.set(sid, sequence + 1);
      const fields = callbackFields(call, sequence, clock.now());
      const sent = (running.get(sid) ?? Promise.resolve())
        .then(() => post(call, statusCallback, fields))
        .catch(() => {});
      running.set(sid, sent);
      void sent.then(() => running.get(sid) === sent && running.delete(sid));
    },
    settled: async () => void (await Promise.all(running.values())),
  };
}
