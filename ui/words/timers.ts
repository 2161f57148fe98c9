/** Timers in words: what each is called, and what it will do when it is due. */
import { delayOf } from './ids.ts';
import type { DelayName } from '../../machines/call/timers.ts';
import type { TimerName } from '../../src/contract/timers.ts';

interface TimerWords {
  /** What happens when it is due, as an imperative. */
  readonly does: string;
  /** The setting that it takes its length from. */
  readonly setting: TimerName;
}

export const TIMER_WORDS: Readonly<Record<DelayName, TimerWords>> = {
  answer: { does: 'nobody answered: end the call', setting: 'answerMs' },
  silence: { does: 'nobody speaks: say goodbye and end', setting: 'silenceMs' },
  liveness: { does: 'ping the gateway if it stays silent', setting: 'livenessMs' },
  gatewayLost: { does: 'give the gateway up and ask to end', setting: 'gatewayLostMs' },
  mediaLost: { does: 'give media up and ask to end', setting: 'mediaLostMs' },
  rejoin: { does: 'give them up and ask to end', setting: 'rejoinMs' },
  transfer: { does: 'count the transfer as failed', setting: 'transferMs' },
  maxCall: { does: 'longest call: say goodbye and end', setting: 'maxCallMs' },
  lifetime: { does: 'close the call, whatever is left', setting: 'lifetimeMs' },
  farewellStart: { does: 'no goodbye came: play what is buffered', setting: 'farewellStartMs' },
  farewellEnd: { does: 'the goodbye is too long: play what is buffered', setting: 'farewellMs' },
  drain: { does: 'hang up, without proof that it was heard', setting: 'drainMs' },
  hold: { does: 'hang up', setting: 'bargeInHoldMs' },
  terminate: { does: 'give the leg up as unconfirmed', setting: 'terminateMs' },
  terminateCarrier: { does: 'ask the carrier one last time', setting: 'terminateMs' },
  verify: { does: 'ask the provider whether the leg lives', setting: 'verifyMs' },
  lastLook: { does: 'give the leg up as unconfirmed', setting: 'verifyMs' },
  backstopGrace: { does: 'end the leg ourselves', setting: 'backstopGraceMs' },
  sessionClose: { does: 'go on without the gateway’s word', setting: 'sessionCloseMs' },
  egress: { does: 'delete the room, recording or not', setting: 'egressMs' },
  watch: { does: 'stop watching', setting: 'maxCallMs' },
  settle: { does: 'start the end functions', setting: 'settleMs' },
  postProcessing: { does: 'turn what is left into dead letters', setting: 'postProcessingMs' },
};

/** What it is about, where it waits between two attempts of an effect. */
export interface Retried {
  readonly kind: string;
  readonly subject?: string | undefined;
  readonly attempt: number;
}

/** What a timer will do. */
export function thenOf(timerId: string, retries?: Retried): string {
  const delay = delayOf(timerId);
  if (delay === 'effect') {
    if (retries === undefined) return 'try an effect again';
    const about = retries.subject === undefined ? '' : ` ${retries.subject}`;
    return `try again: ${retries.kind.replaceAll('-', ' ')}${about}, attempt ${retries.attempt + 1}`;
  }
  const words: TimerWords | undefined = TIMER_WORDS[delay as DelayName];
  return words?.does ?? delay;
}

/** `drainMs` of `drain.call.draining.marked`. */
export function settingOf(timerId: string): string | undefined {
  const words: TimerWords | undefined = TIMER_WORDS[delayOf(timerId) as DelayName];
  return words?.setting;
}
