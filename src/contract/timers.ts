/**
 * Every timer of the contract: its default, its kind and the reason of the number.
 *
 * A **deadline** runs through our own outages; an **absence** measures what we did not hear, so it
 * starts again after an outage of ours and only starts verification; a **bound** limits an
 * operation and is never part of a call's chart.
 */

export type TimerKind = 'deadline' | 'absence' | 'bound' | 'count';

export interface TimerDefinition {
  readonly defaultValue: number;
  readonly kind: TimerKind;
  readonly reason: string;
}

function timer(defaultValue: number, kind: TimerKind, reason: string): TimerDefinition {
  return { defaultValue, kind, reason };
}

export const TIMERS = {
  farewellStartMs: timer(
    5_000,
    'deadline',
    'the reply must start; the value LiveKit waits for a realtime reply',
  ),
  farewellMs: timer(30_000, 'deadline', 'a farewell whose length is unknown; Dograh allows 30 s of play'),
  farewellMaxMs: timer(120_000, 'deadline', 'cap of a farewell whose length is known'),
  playoutGraceMs: timer(5_000, 'deadline', 'beyond a known playout length; network and jitter buffers'),
  drainMs: timer(15_000, 'deadline', 'mark never echoed; the safety net of the Twilio end_call seed'),
  unmarkedDrainMs: timer(1_500, 'deadline', 'beyond the remaining audio when the gateway has no marks'),
  bargeInHoldMs: timer(1_500, 'deadline', 'speech-to-text decides about a non-final word within this time'),
  listenQuietMs: timer(1_500, 'deadline', 'the caller has finished speaking'),
  listenMaxMs: timer(8_000, 'deadline', 'the longest that a listening farewell holds the hangup'),
  terminateMs: timer(30_000, 'deadline', 'budget per leg: about six attempts with backoff'),
  verifyMs: timer(2_000, 'deadline', 'wait for a carrier event after an accepted hangup before asking'),
  sessionCloseMs: timer(
    5_000,
    'deadline',
    "the gateway closes its session; best effort, beside the carrier's hangup",
  ),
  egressMs: timer(5_000, 'deadline', 'a recording may finish before its room is deleted'),
  backstopGraceMs: timer(5_000, 'deadline', 'a gateway in backstop mode ends its own legs first'),
  settleMs: timer(2_000, 'deadline', 'late transcript events of speech recognition'),
  postProcessingMs: timer(300_000, 'deadline', 'end functions; then what is left goes on as dead letters'),
  answerMs: timer(120_000, 'deadline', 'outbound, unanswered: twice what carriers ring'),
  silenceMs: timer(0, 'absence', 'nobody speaks; 0 = off, since only the gateway knows its dialogue'),
  transferMs: timer(60_000, 'deadline', 'a ringing transfer'),
  livenessMs: timer(30_000, 'absence', 'nothing heard from the gateway: ping it'),
  gatewayLostMs: timer(
    15_000,
    'deadline',
    'grace after the ping was not answered; a process restart fits in it',
  ),
  mediaLostMs: timer(10_000, 'absence', 'media may come back, as on a reconnect'),
  rejoinMs: timer(15_000, 'absence', 'a participant may rejoin; the media timeout of LiveKit SIP'),
  maxCallMs: timer(
    14_100_000,
    'deadline',
    "5 min under Twilio's own limit of 4 h, so that the goodbye is not cut",
  ),
  lifetimeMs: timer(86_400_000, 'deadline', 'every state; the longest SIP call LiveKit allows'),
  lateHorizonMs: timer(86_400_000, 'bound', 'an older call.started is refused; tombstones are kept as long'),
  legHorizonMs: timer(86_400_000, 'bound', 'an unconfirmed leg is retried this long'),
  commandRetryMs: timer(2_000, 'deadline', 'no gateway answers a command: it is gone'),
  leaseTtlMs: timer(5_000, 'bound', 'ownership of a partition without renewal'),
  checkpointMs: timer(1_000, 'bound', 'how much log a recovery replays'),
  logGraceMs: timer(5_000, 'bound', 'log away before the emergency hangup'),
  unattendedEndsMaxPerMinute: timer(60, 'count', 'ends without terminal evidence, over the fleet'),
} as const satisfies Record<string, TimerDefinition>;

export type TimerName = keyof typeof TIMERS;

/** Resolved values, in milliseconds (`unattendedEndsMaxPerMinute`: a count). */
export type TimerValues = { readonly [K in TimerName]: number };

export const DEFAULT_TIMERS: TimerValues = Object.freeze(
  Object.fromEntries(Object.entries(TIMERS).map(([name, definition]) => [name, definition.defaultValue])) as {
    [K in TimerName]: number;
  },
);
