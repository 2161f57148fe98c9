/** Which of the contract's timers a call pins: apart from the schemas, since the fold needs no more. */
import type { CallTimers } from '../../machines/call/context.ts';
import type { TimerName } from './timers.ts';

/** The contract's timers that belong to a call. The others are the node's and no gateway's business. */
const CALL_TIMERS = {
  farewellStartMs: true,
  farewellMs: true,
  farewellMaxMs: true,
  playoutGraceMs: true,
  drainMs: true,
  unmarkedDrainMs: true,
  bargeInHoldMs: true,
  listenQuietMs: true,
  listenMaxMs: true,
  terminateMs: true,
  verifyMs: true,
  sessionCloseMs: true,
  egressMs: true,
  backstopGraceMs: true,
  settleMs: true,
  postProcessingMs: true,
  answerMs: true,
  silenceMs: true,
  transferMs: true,
  livenessMs: true,
  gatewayLostMs: true,
  mediaLostMs: true,
  rejoinMs: true,
  maxCallMs: true,
  lifetimeMs: true,
  commandRetryMs: true,
} as const satisfies Record<keyof CallTimers & TimerName, true>;

/** In the order of the contract. */
export const CALL_TIMER_NAMES = Object.keys(CALL_TIMERS) as readonly (keyof CallTimers)[];
