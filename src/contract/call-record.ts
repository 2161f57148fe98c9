/**
 * The call record, `onhook.record.v1`: the final account of a call, published on `….record.<callId>`
 * and given to end functions. Instants are ms since the epoch. Fields may be added, never changed.
 */
import { z } from 'zod';
import type {
  EndReason,
  EndedBy,
  FarewellOutcome,
  FunctionStatus,
  Termination,
} from '../../machines/call/context.ts';

export const RECORD_SCHEMA = 'onhook.record.v1';

/** Of one call; what is beyond is counted in `causesDropped`. */
export const CAUSES_MAX = 64;

/** Every word of a type of the machine: a word added there does not compile here until it is listed. */
export function words<Word extends string>(all: Readonly<Record<Word, true>>) {
  return z.enum(Object.keys(all) as [Word, ...Word[]]);
}

const instant = z.number().describe('ms since the epoch');

export const endedBySchema = words<EndedBy>({
  agent: true,
  caller: true,
  carrier: true,
  operator: true,
  system: true,
});

export const endReasonSchema = words<EndReason>({
  agent_end_call: true,
  agent_end_phrase: true,
  caller_hangup: true,
  transferred: true,
  voicemail: true,
  ivr: true,
  silence_timeout: true,
  max_duration: true,
  no_answer: true,
  busy: true,
  declined: true,
  canceled_before_answer: true,
  dial_failed: true,
  invalid_destination: true,
  rejected_by_policy: true,
  operator_ended: true,
  gateway_lost: true,
  media_failure: true,
  ai_error: true,
  provider_error: true,
  worker_shutdown: true,
  lifetime_exceeded: true,
  internal_error: true,
  unknown: true,
});

export const farewellOutcomeSchema = words<FarewellOutcome>({
  none_needed: true,
  confirmed: true,
  unconfirmed: true,
  interrupted: true,
  timed_out: true,
  failed: true,
  skipped_caller_left: true,
});

export const terminationSchema = words<Termination>({
  confirmed_by_event: true,
  confirmed_by_response: true,
  already_ended: true,
  confirmed_by_poll: true,
  forced_unconfirmed: true,
  failed: true,
  not_ours: true,
});

const functionStatus = words<Exclude<FunctionStatus, 'waiting' | 'running'>>({
  succeeded: true,
  dead_lettered: true,
  skipped: true,
});

const json = z.record(z.string(), z.json());

export const callRecordSchema = z.object({
  schema: z.literal(RECORD_SCHEMA),
  recordVersion: z.number().int().min(1),
  callId: z.string(),
  id: z.string().optional().describe('the raw call id, where it had to be encoded'),
  gateway: z.string(),
  provider: z.string(),
  direction: z.enum(['inbound', 'outbound']).optional(),
  from: z.string().optional().describe('as `call.started` named it'),
  to: z.string().optional(),
  startedAt: instant,
  answeredAt: instant.optional(),
  endedAt: instant.optional().describe("the carrier's first evidence, else the room's (rule R10)"),
  closedAt: instant,
  endedBy: endedBySchema,
  endedByBasis: z.enum(['reported', 'inferred']),
  endReason: endReasonSchema,
  causes: z.array(z.object({ at: instant, type: z.string(), detail: z.string().optional() })).max(CAUSES_MAX),
  causesDropped: z.number().int().min(1).optional(),
  endAttempts: z.array(z.object({ attempt: z.number().int().min(1), by: z.string(), outcome: z.string() })),
  farewell: farewellOutcomeSchema,
  legs: z.record(
    z.string(),
    z.object({
      termination: terminationSchema,
      attempts: z.number().int().min(0),
      at: instant,
      detail: z.string().optional(),
    }),
  ),
  endFunctions: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      status: functionStatus,
      reason: z.string().optional(),
      attempts: z.number().int().min(0),
      startedAt: instant.optional(),
      endedAt: instant.optional(),
      output: z.json().optional(),
      error: z.string().optional(),
      missing: z.array(z.string()).min(1).optional().describe('declared inputs that did not come in time'),
      ranVersion: z.string().optional().describe('what ran, where the pinned version was gone'),
      followUp: z
        .object({
          at: instant.describe('when it is due, ms since the epoch'),
          status: z.enum(['scheduled', 'succeeded', 'dead_lettered']),
          attempts: z.number().int().min(0),
          endedAt: instant.optional(),
          output: z.json().optional(),
          error: z.string().optional(),
        })
        .optional()
        .describe('the later run that the function asked for'),
    }),
  ),
  disposition: z.object({ code: z.string(), detail: z.string().optional() }).optional(),
  state: json.describe('as `state.patched` events built it'),
  late: z
    .array(z.object({ at: instant, type: z.string(), data: json }))
    .optional()
    .describe('transcript and call state that came after the settle window'),
  lateDropped: z.number().int().min(1).optional(),
  timeline: z.array(z.object({ at: instant, from: z.string(), to: z.string(), cause: z.string() })),
  mode: z.enum(['backstop', 'observe']).optional().describe('absent: own'),
  silenceAfterFarewellMs: z
    .number()
    .min(0)
    .optional()
    .describe('from the echo of the mark, or the end of the known audio, to the end of the line'),
  would: z.array(z.object({ effect: z.string(), at: instant, cause: z.string() })).optional(),
  emergency: z.boolean().optional(),
});

/** Plain JSON: `JSON.parse(JSON.stringify(record))` is the record. */
export type CallRecord = z.output<typeof callRecordSchema>;

/** JSON Schema (draft 2020-12) of the record, for documentation and other languages. */
export function callRecordJsonSchema(): Record<string, unknown> {
  return { title: RECORD_SCHEMA, ...z.toJSONSchema(callRecordSchema) };
}
