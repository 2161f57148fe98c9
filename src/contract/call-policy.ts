/** How one call is to be ended, what its gateway can do, and its own timers: as `call.started` says it. */
import { z } from 'zod';
import { CALL_TIMER_NAMES } from './call-timers.ts';
import { count, durationMs, farewellRequest, text } from './event-fields.ts';

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
