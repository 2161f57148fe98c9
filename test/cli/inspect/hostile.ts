/** A call and messages that carry what an inspector must never see, in every place that has room for it. */
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Message } from '../../../src/contract/message.ts';
import type { CallDetail } from '../../../src/supervisor/view.ts';

/** None of these may leave the process. */
export const HOSTILE = ['+1 555 010 3377', 'my-card-is-4111', 'sk_live_planted', 'Ms Planted'] as const;

const everything = { note: HOSTILE[0], card: HOSTILE[1], key: HOSTILE[2], name: HOSTILE[3] };

/** At sequence 7, with hostile fields besides those given. */
export function hostileMessage(type: string, data: JsonObject = {}, callId = 'CA1'): Message {
  const planted = { text: HOSTILE[0], patch: everything, from: HOSTILE[0], by: HOSTILE[3] };
  const fields = { seq: 7, at: 1_000, gateway: 'acme-15550103377', callId, type, id: HOSTILE[2] };
  return { ...fields, data: { ...planted, ...data } };
}

/** An open call that has heard too much. */
export function hostileCall(callId: string): CallDetail {
  return {
    callId,
    gateway: 'acme-15550103377',
    partition: 3,
    state: 'draining',
    value: { draining: 'echo' },
    startedAt: 0,
    ageMs: 1_000,
    endedBy: 'caller',
    endReason: 'caller_hangup',
    farewell: 'none_needed',
    timers: [
      { timerId: 'drain.draining', dueAt: 1, durationMs: 1, absence: false },
      { timerId: 'effect.hang-up-leg.15550103377', dueAt: 1, durationMs: 1, absence: false },
    ],
    effects: [],
    legs: { [HOSTILE[3]]: { provider: HOSTILE[2], detail: HOSTILE[0] } },
    endFunctions: [],
    endAttempt: 1,
    lastSeq: 7,
    configHash: HOSTILE[2],
    account: { state: everything, transcript: [{ role: 'caller', text: HOSTILE[1] }] },
  };
}
