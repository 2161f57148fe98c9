/** The bodies that onhook itself writes: own messages, commands, the live feed, dead letters. Held by the type checker. */
import { z } from 'zod';
import type { CommandBodies, CommandHeader, CommandReply } from '../../src/contract/commands.ts';
import { terminationSchema, words } from '../../src/contract/call-record.ts';
import type { FeedFacts } from '../../src/contract/feed.ts';
import { OUTCOME_RESULTS } from '../../src/contract/outcome.ts';
import type { Outcome, OutcomeResult } from '../../src/contract/outcome.ts';
import type {
  DeskRequest,
  FoundLine,
  LateFactsTold,
  OperatorPartitionEvents,
  OwnCallEvents,
  OwnerMark,
  OwnPartitionEvents,
  Revival,
} from '../../src/contract/own-events.ts';
import type { Settled } from '../../src/contract/settled.ts';
import type { DeadLetterKind } from '../../src/contract/subjects.ts';
import { count, durationMs, flag, instant, json, jsonObject, shape, text } from './shape.ts';

type Bodies<T> = { readonly [Type in keyof T]: z.ZodType<T[Type]> };

const nothing = z.object({}) as z.ZodType<Record<string, never>>;
const epoch = count.describe("sequence of the owner's claim");
const owner = { epoch, nonce: text.describe("random id of the owner's life") };

export const outcome = shape<Outcome>({
  result: words<OutcomeResult>(OUTCOME_RESULTS),
  code: text.optional(),
  detail: text.optional(),
  retryAfterMs: durationMs.optional(),
  status: text.optional(),
  data: jsonObject.optional(),
});

export const revival = shape<Revival>({
  record: jsonObject,
  incarnation: count,
  unrecorded: flag.optional(),
  transcript: z.array(z.object({ role: text, text })).optional(),
  legs: z.record(z.string(), z.object({ provider: text, address: jsonObject })).optional(),
});

const deskRequest = shape<DeskRequest>({
  kind: z.enum(['function', 'leg']),
  subject: text,
  letterId: text,
  note: text.optional(),
  revival: revival.optional(),
});

const effect = { effectId: text, attempt: count };
const settled = { ...effect, outcome, emergency: flag.optional() };

/** Besides these, every one carries its own `id`. */
export const ownCallBodies: Bodies<OwnCallEvents> = {
  'timer.fired': shape<OwnCallEvents['timer.fired']>({
    ...owner,
    timerId: text,
    armedSeq: count,
    armedEra: count,
    waitedMs: durationMs,
  }),
  'effect.attempted': shape<OwnCallEvents['effect.attempted']>({ ...owner, ...effect }),
  'effect.settled': shape<OwnCallEvents['effect.settled']>({
    ...owner,
    ...settled,
    also: z.array(shape<Settled>(settled)).optional(),
  }),
  'unattended.permitted': shape<OwnCallEvents['unattended.permitted']>({ epoch, effectId: text.optional() }),
  'call.quarantined': shape<OwnCallEvents['call.quarantined']>({ epoch, detail: text }),
  'redrive.requested': deskRequest,
  'discard.requested': deskRequest,
  'line.found': shape<FoundLine>({ leg: text, revival }),
  'facts.late': shape<LateFactsTold>({
    facts: z.array(z.object({ type: text, data: jsonObject })),
    revival,
  }),
};

export const partitionBodies: Bodies<OwnPartitionEvents> = {
  'partition.claimed': shape<OwnPartitionEvents['partition.claimed']>({
    node: text,
    nonce: owner.nonce,
    config: jsonObject.describe('what calls pin; never a secret'),
  }),
  'partition.renewed': shape<OwnerMark>(owner),
  'partition.released': shape<OwnerMark>(owner),
  'log.restored': shape<OwnPartitionEvents['log.restored']>({ epoch }),
};

export const operatorPartitionBodies: Bodies<OperatorPartitionEvents> = {
  'operator.paused': nothing,
  'operator.resumed': nothing,
};

const attempt = count.describe('number of the end attempt');

/** Besides these, every one carries the fields of {@link commandHeader}. */
export const commandBodies: Bodies<CommandBodies> = {
  mark: shape<CommandBodies['mark']>({ name: text }),
  clear: nothing,
  say: shape<CommandBodies['say']>({ text, utteranceId: text }),
  farewell: shape<CommandBodies['farewell']>({ attempt, utteranceId: text, instructions: text.optional() }),
  close: shape<CommandBodies['close']>({ reason: text }),
  hangup: shape<CommandBodies['hangup']>({
    leg: text,
    legId: text.optional(),
    unanswered: flag.optional(),
  }),
  'end-accepted': shape<CommandBodies['end-accepted']>({
    attempt,
    already: flag.optional(),
    endInstructions: text.optional(),
  }),
  'end-refused': shape<CommandBodies['end-refused']>({ code: text, reason: text }),
  'end-cancelled': shape<CommandBodies['end-cancelled']>({ attempt, toolCallId: text.optional() }),
  'call-refused': shape<CommandBodies['call-refused']>({ code: text }),
  ping: nothing,
};

export const commandHeader = shape<CommandHeader>({
  effectId: text.describe('a repeated one does not act again'),
  era: count,
  seq: count,
});

export const commandReply = shape<CommandReply>({
  ok: z.literal(true),
  acted: flag.optional(),
  why: z.enum(['duplicate', 'superseded']).optional(),
  ended: flag.optional().describe('to `hangup`: the line is down already'),
});

/** Of every fact of the live feed. */
export const feedHead = z.object({ at: instant, seq: count });

export const feedBodies: Bodies<FeedFacts> = {
  'call.started': jsonObject,
  'state.changed': shape<FeedFacts['state.changed']>({ from: text, to: text, cause: text }),
  'end.accepted': jsonObject,
  'end.refused': jsonObject,
  'end.cancelled': jsonObject,
  'effect.attempted': jsonObject,
  'effect.settled': jsonObject,
  'leg.settled': z.looseObject({
    leg: text,
    termination: terminationSchema,
  }) as unknown as Bodies<FeedFacts>['leg.settled'],
  'alarm.raised': z.looseObject({ code: text }) as z.ZodType<FeedFacts['alarm.raised']>,
  'call.closed': jsonObject,
};

const given = { id: text, callId: text, gateway: text, incarnation: count, at: instant };

/** Self-contained: the log forgets one day. */
export const letterBodies: Readonly<Record<DeadLetterKind, z.ZodType>> = {
  input: z.looseObject({
    id: text,
    kind: z.literal('input'),
    reason: text,
    at: instant,
    callId: text.optional(),
    gateway: text.optional(),
    type: text.optional(),
    seq: count.optional(),
    subject: text.optional(),
    body: text.optional().describe('base64, cut'),
    address: jsonObject.optional().describe('of a webhook that found no call'),
    data: json.optional(),
  }),
  function: z.looseObject({
    ...given,
    kind: z.literal('function'),
    function: text,
    idempotencyKey: text,
    attempts: count,
    error: text.optional(),
    record: jsonObject,
    transcript: z.array(jsonObject),
  }),
  leg: z.looseObject({
    ...given,
    kind: z.literal('leg'),
    leg: text,
    provider: text,
    address: jsonObject,
    attempts: count,
  }),
};
