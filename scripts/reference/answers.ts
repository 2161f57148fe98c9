/** What the API and the query subjects answer: the types of the code, each field held by the type checker. */
import { z } from 'zod';
import type { TapeEntry } from '../../src/actors/tape.ts';
import type { ListedCall, NodeReport } from '../../src/admin/answers.ts';
import type { Erased, TimerSetting } from '../../src/admin/parts.ts';
import type { DeadLetter, LoggedMessage } from '../../src/admin/stored.ts';
import {
  callRecordSchema,
  endedBySchema,
  endReasonSchema,
  farewellOutcomeSchema,
  terminationSchema,
  words,
} from '../../src/contract/call-record.ts';
import type { EffectKind } from '../../src/contract/effect.ts';
import type { FunctionView } from '../../src/supervisor/function-ledger.ts';
import type {
  CallDetail,
  CallStateName,
  EffectView,
  LegView,
  NodeStats,
  PartitionStateName,
  PartitionView,
  TimerView,
  ViewEvent,
} from '../../src/supervisor/view.ts';
import { count, durationMs, flag, instant, json, jsonObject, shape, text } from './shape.ts';

export const callState = words<CallStateName>({
  active: true,
  'farewell-speaking': true,
  draining: true,
  terminating: true,
  'post-processing': true,
  closed: true,
});

export const effectKind = words<EffectKind>({
  command: true,
  'hang-up-leg': true,
  'ask-leg': true,
  'delete-room': true,
  'stop-egress': true,
  'run-end-function': true,
  'publish-record': true,
  'publish-dead-letter': true,
  'remove-dead-letter': true,
  'permit-unattended': true,
});

const effect = shape<EffectView>({
  effectId: text,
  kind: effectKind,
  attempt: count,
  phase: text,
  subject: text.optional().describe('the leg or function that it is about'),
  cause: text,
  requestedAt: instant,
  orphan: flag.describe('it outlived its state'),
});

const summary = {
  callId: text,
  gateway: text,
  partition: count,
  state: callState,
  startedAt: instant,
  ageMs: durationMs,
  endedBy: endedBySchema.optional(),
  endReason: endReasonSchema.optional(),
};

export const listedCall = shape<ListedCall>({
  ...summary,
  value: json.optional().describe('the full state of the chart: what it waits for'),
  effects: z.array(effect).optional(),
  nextTimer: z
    .object({
      timerId: text,
      dueAt: instant,
      retries: z.object({ kind: effectKind, subject: text.exactOptional(), attempt: count }).exactOptional(),
    })
    .optional(),
});

const timer = shape<TimerView>({
  timerId: text,
  dueAt: instant,
  durationMs,
  absence: flag.describe('it measures that something did not come'),
});

const leg = shape<LegView>({
  provider: text,
  status: text.optional(),
  termination: terminationSchema.optional(),
  terminatedAt: instant.optional(),
  detail: text.optional(),
});

const functionView = shape<FunctionView>({
  name: text,
  version: text,
  status: words<FunctionView['status']>({
    declared: true,
    waiting: true,
    running: true,
    succeeded: true,
    dead_lettered: true,
    skipped: true,
  }),
  why: text.optional(),
  attempt: count,
  nextAttemptAt: instant.optional(),
  startedAt: instant.optional(),
  endedAt: instant.optional(),
  missing: z.array(text).optional(),
  followUp: shape<NonNullable<FunctionView['followUp']>>({
    at: instant,
    status: z.enum(['scheduled', 'succeeded', 'dead_lettered']),
    attempts: count,
    endedAt: instant.optional(),
    output: json.optional(),
    error: text.optional(),
  }).optional(),
});

const detailFields = {
  ...summary,
  value: json,
  timers: z.array(timer),
  effects: z.array(effect),
  legs: z.record(z.string(), leg),
  endFunctions: z.array(functionView),
  farewell: farewellOutcomeSchema.optional(),
  endAttempt: count,
  lastSeq: count,
  configHash: text,
  account: jsonObject.describe('causes, timeline, transcript, call state'),
};

export const callDetail = shape<CallDetail>(detailFields);

/** `GET /api/calls/:id`: an open call. */
export const openCall = z.object({
  ...detailFields,
  timeline: z.array(jsonObject),
  record: callRecordSchema.optional(),
  now: instant,
});

/** `GET /api/calls/:id`: one of which only the record is left. */
export const closedCall = z.object({
  callId: text,
  state: z.literal('closed'),
  gateway: text,
  startedAt: instant,
  endedAt: instant.optional(),
  closedAt: instant,
  endedBy: endedBySchema,
  endReason: endReasonSchema,
  timers: z.array(json).max(0),
  effects: z.array(json).max(0),
  timeline: callRecordSchema.shape.timeline,
  legs: callRecordSchema.shape.legs,
  endFunctions: callRecordSchema.shape.endFunctions,
  record: jsonObject.describe('the call record; its long parts stand beside it too'),
  now: instant,
});

/** A line of the list of closed calls. */
export const listedClosedCall = callRecordSchema
  .pick({
    callId: true,
    gateway: true,
    startedAt: true,
    endedAt: true,
    closedAt: true,
    endedBy: true,
    endReason: true,
    farewell: true,
  })
  .extend({ state: z.literal('closed') });

export const loggedMessage = shape<LoggedMessage>({
  seq: count,
  at: instant,
  gateway: text,
  type: text,
  id: text.optional(),
  data: json.describe('null when the body is not JSON'),
});

export const tapeEntry: z.ZodType<TapeEntry> = z.union([
  z.object({
    message: z.object({
      seq: count,
      at: instant,
      gateway: text,
      callId: text,
      type: text,
      id: text,
      data: jsonObject,
      claimedAt: instant.exactOptional(),
      sequence: count.exactOptional(),
      traceparent: text.exactOptional(),
    }),
    world: count.describe('index in `worlds`'),
  }),
  z.object({
    refused: z.object({ seq: count, at: instant, gateway: text, type: text, reason: text }),
  }),
]);

export const deadLetter = shape<DeadLetter>({
  id: text.describe('its sequence in the stream'),
  kind: text.describe('`input`, `function` or `leg`'),
  callId: text.optional(),
  at: instant,
  letter: json,
});

const partition = shape<PartitionView>({
  partition: count,
  state: words<PartitionStateName>({
    following: true,
    claiming: true,
    'catching-up': true,
    live: true,
    releasing: true,
    fenced: true,
  }),
  epoch: count.optional(),
  owner: text.optional(),
  era: count,
  openCalls: count,
  paused: flag,
  lastSeq: count,
  lag: count,
  unconfirmed: count,
  checkpointAt: instant.optional(),
  clockAheadMs: z.number().optional(),
});

const stats = {
  nodeId: text,
  partitions: z.array(partition),
  owned: count,
  openCalls: count,
  callsByState: z.partialRecord(callState, count) as unknown as z.ZodType<NodeStats['callsByState']>,
  inputs: z.record(z.string(), count),
  paused: flag,
  alarms: z.array(z.object({ code: text, at: instant, data: jsonObject })),
};

export const nodeStats = shape<NodeStats & { readonly version: string }>({ ...stats, version: text });

export const nodeReport = shape<NodeReport>({
  ...stats,
  version: text,
  now: instant,
  gateways: z.record(z.string(), count).describe('open calls by gateway'),
});

export const timerSetting = shape<TimerSetting>({
  name: text,
  value: z.number(),
  defaultValue: z.number(),
  kind: text,
  reason: text,
  source: text,
});

export const erased = shape<Erased & { readonly callId: string }>({
  callId: text,
  messages: count,
  records: count,
  deadLetters: count,
});

export const viewEvent = shape<ViewEvent>({
  at: instant,
  seq: count,
  callId: text,
  type: text,
  data: jsonObject,
});

/** Schemas that stand in many places, by the name under which a document writes them once. */
export const named: Readonly<Record<string, z.ZodType>> = {
  CallRecord: callRecordSchema,
  ListedCall: listedCall,
  Effect: effect,
  Timer: timer,
  Leg: leg,
  EndFunction: functionView,
  Partition: partition,
  NodeReport: nodeReport,
  DeadLetter: deadLetter,
  LoggedMessage: loggedMessage,
  EndReason: endReasonSchema,
  EndedBy: endedBySchema,
  FarewellOutcome: farewellOutcomeSchema,
  Termination: terminationSchema,
  CallState: callState,
};
