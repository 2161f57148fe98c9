/** How one call is to be ended, what its gateway can do, and its own timers: as `call.started` says it. */
import { z } from 'zod';
import type { CallTimers } from '../../machines/call/context.ts';
import { count, durationMs, farewellRequest, text } from './event-fields.ts';
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

export const CALL_TIMER_NAMES = Object.keys(CALL_TIMERS) as readonly (keyof CallTimers)[];

/** `policy.timers`: `drainMs` or, as people write it, `drain`. Other keys are dropped. */
export const callTimersSchema = z.object(
  Object.fromEntries(
    CALL_TIMER_NAMES.flatMap((name) => [
      [name, durationMs.optional()],
      [name.slice(0, -'Ms'.length), durationMs.optional()],
    ]),
  ),
);

export const policySchema = z.object({
  mode: z.enum(['own', 'backstop', 'observe']).optional(),
  deleteRoom: z.boolean().optional(),
  hangup: z.boolean().optional(),
  bargeIn: z.enum(['lock', 'listen', 'resume']).optional(),
  bargeInMax: count.optional(),
  farewell: farewellRequest.optional(),
  endInstructions: text.optional(),
  systemFarewell: z
    .union([z.literal('none'), z.object({ say: text }), z.object({ instructions: text })])
    .optional(),
  afterMedia: z.enum(['end', 'continue']).optional(),
  stopEgress: z.boolean().optional(),
  timers: callTimersSchema.optional(),
});

/** A policy as a gateway gave it; what is left out is the configuration's. */
export type GivenPolicy = z.output<typeof policySchema>;

export const capabilitiesSchema = z.object({
  marks: z.boolean().optional(),
  say: z.boolean().optional(),
  farewell: z.boolean().optional(),
  clear: z.boolean().optional(),
  farewellEvents: z.boolean().optional(),
  endCancelled: z.boolean().optional(),
});

export type GivenCapabilities = z.output<typeof capabilitiesSchema>;
