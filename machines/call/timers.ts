/**
 * The delays of the chart, by name. A delay is computed once, when its state is entered. Names without
 * a comment are the contract's timer of the same name.
 */
import type { CallContext } from './context.ts';
import type { CallEvent } from './events.ts';
import { remainingAudioMs } from './farewell.ts';

interface Moment {
  readonly context: CallContext;
  readonly event: CallEvent;
}

/** How long from now until an instant that was fixed earlier. */
function until(instant: number, { context, event }: Moment): number {
  // The machine's own start carries no time: it is the call's start.
  const now = (event as { at?: number }).at ?? context.startedAt;
  return Math.max(0, instant - now);
}

/** Absences are spread so that an outage is not followed by a wave (log rule 16). */
function spread(ms: number, { context }: Moment): number {
  return Math.round(ms * (1 + context.spread / 2));
}

export const delays = {
  answer: (m: Moment) => until(m.context.startedAt + m.context.timers.answerMs, m),
  /** A property of the dialogue and not of the network: not spread. */
  silence: ({ context }: Moment) => context.timers.silenceMs,
  liveness: (m: Moment) => spread(m.context.timers.livenessMs, m),
  gatewayLost: ({ context }: Moment) => context.timers.gatewayLostMs,
  mediaLost: (m: Moment) => spread(m.context.timers.mediaLostMs, m),
  rejoin: (m: Moment) => spread(m.context.timers.rejoinMs, m),
  transfer: ({ context }: Moment) => context.timers.transferMs,
  /** From the first known start, also after a cancelled end (field rule 46). */
  maxCall: (m: Moment) => until(m.context.startedAt + m.context.timers.maxCallMs, m),
  lifetime: ({ context }: Moment) => context.timers.lifetimeMs,

  farewellStart: ({ context }: Moment) => context.timers.farewellStartMs,
  /** Known length: its end and `playoutGraceMs`, at most `farewellMaxMs`; unknown: `farewellMs`. */
  farewellEnd: ({ context, event }: Moment) => {
    const { farewellMs, farewellMaxMs, playoutGraceMs } = context.timers;
    const remaining = remainingAudioMs(context.farewell, event.at);
    return remaining === undefined ? farewellMs : Math.min(remaining + playoutGraceMs, farewellMaxMs);
  },
  /** `drainMs` unless the rest of the audio is known; without marks only a moment beyond it. */
  drain: ({ context, event }: Moment) => {
    const { drainMs, farewellMaxMs, playoutGraceMs, unmarkedDrainMs } = context.timers;
    const remaining = remainingAudioMs(context.farewell, event.at);
    if (remaining === undefined) return drainMs;
    return Math.min(
      remaining + (context.capabilities.marks ? playoutGraceMs : unmarkedDrainMs),
      farewellMaxMs,
    );
  },
  /** Until the caller was quiet for long enough, or speech-to-text has decided (rule R5). */
  hold: (m: Moment) => until(m.context.speech?.holdUntil ?? 0, m),

  terminate: ({ context }: Moment) => context.timers.terminateMs,
  /** From the first hangup: asking in between does not renew the budget. */
  terminateCarrier: (m: Moment) =>
    until((m.context.hangUpAt ?? m.event.at) + m.context.timers.terminateMs, m),
  verify: ({ context }: Moment) => context.timers.verifyMs,
  /** The last question before a leg is given up as unconfirmed. */
  lastLook: ({ context }: Moment) => context.timers.verifyMs,
  backstopGrace: ({ context }: Moment) => (context.urgent ? 0 : context.timers.backstopGraceMs),
  sessionClose: ({ context }: Moment) => context.timers.sessionCloseMs,
  egress: ({ context }: Moment) => context.timers.egressMs,
  /** Observe: `terminateMs` after the first fact of the far end, else until `maxCallMs`. */
  watch: (m: Moment) =>
    m.context.farEndAt === undefined
      ? until(m.context.startedAt + m.context.timers.maxCallMs, m)
      : until(m.context.farEndAt + m.context.timers.terminateMs, m),

  settle: ({ context }: Moment) => context.timers.settleMs,
  postProcessing: ({ context }: Moment) => context.timers.postProcessingMs,
};

export type DelayName = keyof typeof delays;

/** Absences measure what we did not hear: an outage of ours starts them again in full (log rule 16). */
export const ABSENCES: ReadonlySet<DelayName> = new Set<DelayName>([
  'silence',
  'liveness',
  'mediaLost',
  'rejoin',
]);

/**
 * Soft timers start again with each message of a class, without a step of the machine: `gateway`, any
 * message of the call's gateway; `speech`, somebody spoke (log rule 42).
 */
export const SOFT_TIMERS: Readonly<Partial<Record<DelayName, 'gateway' | 'speech'>>> = {
  liveness: 'gateway',
  silence: 'speech',
};
