/** Every route of the admin port. A test holds the list equal to what the code registers. */
import { z } from 'zod';
import type { ProblemCode } from '../../src/admin/problem.ts';
import { callsRequest, commandBody } from '../../src/admin/request.ts';
import { testCallBody } from '../../src/admin/node.ts';
import {
  closedCall,
  deadLetter,
  erased,
  listedCall,
  listedClosedCall,
  loggedMessage,
  nodeReport,
  nodeStats,
  openCall,
  tapeEntry,
  timerSetting,
} from './answers.ts';
import type { Answer, Operation, Parameter } from './operation.ts';
import { count, flag, instant, jsonObject, text } from './shape.ts';

type AdminOperation = Operation<ProblemCode>;

const LOG_PROBLEMS = ['log_unavailable', 'log_full'] as const;
const unanswered = z.array(count).describe('partitions for which no node answered');
const one = z.literal('1');
const limit: Parameter = {
  name: 'limit',
  in: 'query',
  description: 'how many at most',
  schema: callsRequest.shape.limit,
};
const reveal: Parameter = {
  name: 'reveal',
  in: 'query',
  description: '`1`: phone numbers as they are, not masked',
  schema: one,
};
const redact: Parameter = {
  name: 'redact',
  in: 'query',
  description: '`1`: also hides what was said and what functions read',
  schema: one,
};

function ok(description: string, schema: z.ZodType): Readonly<Record<number, Answer>> {
  return { 200: { description, schema } };
}

const command = { type: 'application/json', schema: commandBody, required: false };

const probes: readonly AdminOperation[] = [
  {
    route: 'GET /livez',
    id: 'live',
    summary: 'Whether the process runs',
    answers: ok('It does.', z.object({ alive: z.literal(true) })),
    problems: [],
  },
  {
    route: 'GET /readyz',
    id: 'ready',
    summary: 'Whether the node is connected and every partition is live here or followed to its end',
    answers: {
      200: { description: 'Ready.', schema: z.object({ ready: flag, reasons: z.array(text) }) },
      503: {
        description: 'Not ready; `reasons` say why.',
        schema: z.object({ ready: flag, reasons: z.array(text) }),
      },
    },
    problems: [],
  },
  {
    route: 'GET /metrics',
    id: 'metrics',
    summary: 'Metrics of this node for Prometheus, see metrics.md',
    answers: { 200: { description: 'Text format of Prometheus.', type: 'text/plain' } },
    problems: [],
  },
  {
    route: 'GET /',
    id: 'dashboard',
    summary: 'The dashboard, see dashboard.md',
    answers: { 200: { description: 'A page that asks this API.', type: 'text/html' } },
    problems: [],
  },
];

const filters: readonly Parameter[] = [
  {
    name: 'state',
    in: 'query',
    description: 'only calls in this state; `closed` lists the newest records',
    schema: callsRequest.shape.state,
  },
  { name: 'gateway', in: 'query', description: 'only of this gateway', schema: callsRequest.shape.gateway },
  limit,
  { name: 'cursor', in: 'query', description: '`next` of an earlier answer, unchanged' },
  {
    name: 'ids',
    in: 'query',
    description: 'exactly these open calls in place of a page, their ids with commas between; at most 100',
  },
];

const calls: readonly AdminOperation[] = [
  {
    route: 'GET /api/calls',
    id: 'listCalls',
    summary: 'Open calls of every node, oldest first; or the newest closed ones',
    parameters: filters,
    answers: ok(
      'A page of calls; `next` is there when more follow.',
      z.object({
        calls: z.array(z.union([listedCall, listedClosedCall])),
        unanswered,
        now: instant.optional(),
        next: text.optional(),
      }),
    ),
    problems: ['bad_request', ...LOG_PROBLEMS],
  },
  {
    route: 'GET /api/calls/:id',
    id: 'showCall',
    summary: 'State, timers, effects, legs, end functions, timeline and record of a call',
    parameters: [redact],
    answers: ok('An open call, or what its record says of a closed one.', z.union([openCall, closedCall])),
    problems: ['call_not_found', ...LOG_PROBLEMS],
  },
  {
    route: 'GET /api/calls/:id/log',
    id: 'callLog',
    summary: "The call's own messages in stored order",
    parameters: [reveal, redact],
    answers: ok('All that the log holds.', z.object({ callId: text, messages: z.array(loggedMessage) })),
    problems: ['call_not_found', ...LOG_PROBLEMS],
  },
  {
    route: 'GET /api/calls/:id/tape',
    id: 'callTape',
    summary: "The call's messages with the worlds that they were folded in, for a replay",
    parameters: [{ ...reveal, description: '`1`: nothing is hidden' }],
    answers: ok(
      'A tape for `onhook replay`.',
      z.object({ callId: text, entries: z.array(tapeEntry), worlds: z.array(jsonObject) }),
    ),
    problems: ['call_not_found', 'not_available', ...LOG_PROBLEMS],
  },
  ...(
    [
      ['end', 'endCall', 'Ends a call politely', ['call_closed', 'call_conflict']],
      ['kill', 'killCall', 'Ends a call at once, without a farewell', ['call_closed', 'call_conflict']],
      ['end-cancelled', 'cancelEnd', 'Takes a requested end back', ['call_closed', 'call_conflict']],
    ] as const
  ).map(([verb, id, summary, problems]) => ({
    route: `POST /api/calls/:id/${verb}`,
    id,
    summary,
    body: command,
    answers: {
      202: { description: 'The log has it, at `seq`.', schema: z.object({ callId: text, seq: count }) },
    },
    problems: ['bad_request', 'call_not_found', ...problems, ...LOG_PROBLEMS] as const,
  })),
  {
    route: 'POST /api/calls/:id/erase',
    id: 'eraseCall',
    summary: 'Forgets a closed call: its messages, its record, its dead letters',
    answers: ok('How many of each were removed.', erased),
    problems: ['call_not_found', 'call_conflict', 'not_available', ...LOG_PROBLEMS],
  },
];

const letters: readonly AdminOperation[] = [
  {
    route: 'GET /api/dead-letters',
    id: 'listDeadLetters',
    summary: 'What was given up and kept: inputs, functions, legs',
    parameters: [limit, reveal, redact],
    answers: ok('The newest, oldest first.', z.object({ deadLetters: z.array(deadLetter) })),
    problems: ['bad_request', ...LOG_PROBLEMS],
  },
  ...(
    [
      ['redrive', 'redriveDeadLetter', 'Tries again what a dead letter is about'],
      ['discard', 'discardDeadLetter', 'Gives it up for good'],
    ] as const
  ).map(([verb, id, summary]) => ({
    route: `POST /api/dead-letters/:id/${verb}`,
    id,
    summary,
    body: command,
    answers: {
      202: {
        description: 'The log has it, at `seq`; an input has none, it is only removed.',
        schema: z.object({ id: text, seq: count.optional() }),
      },
    },
    problems: ['bad_request', 'dead_letter_not_found', 'dead_letter_final', ...LOG_PROBLEMS] as const,
  })),
];

const node: readonly AdminOperation[] = [
  {
    route: 'GET /api/stats',
    id: 'stats',
    summary: 'This node: partitions, calls by state, inputs by verdict, alarms',
    answers: ok('As it is now.', nodeStats),
    problems: [],
  },
  {
    route: 'GET /api/node',
    id: 'node',
    summary: 'This node, and what who asks may do',
    answers: ok(
      'As it is now.',
      z.object({
        nodeId: text,
        version: text,
        scope: z.enum(['read', 'act']).describe('what the token allows'),
        now: instant,
        paused: flag,
        ready: flag,
        reasons: z.array(text),
        dev: z
          .object({ scripts: z.array(z.object({ name: text, title: text })) })
          .optional()
          .describe('in `onhook dev` only: test calls that can be made'),
      }),
    ),
    problems: [],
  },
  {
    route: 'GET /api/timers',
    id: 'timers',
    summary: 'The timers in force, and where each was set',
    answers: ok('In the order of config.md.', z.object({ timers: z.array(timerSetting) })),
    problems: [],
  },
  {
    route: 'GET /api/fleet',
    id: 'fleet',
    summary: 'Every node that answers, its partitions, its lag',
    answers: ok(
      'Who stays silent is missing; its partitions are in `unanswered`.',
      z.object({
        now: instant,
        nodes: z.array(nodeReport),
        unanswered,
        server: z.object({ server: text, version: text }).optional().describe('NATS, as connected'),
      }),
    ),
    problems: [],
  },
  {
    route: 'GET /api/events',
    id: 'events',
    summary: 'The live feed as server-sent events: `event` is the type, `data` the fact as JSON',
    parameters: [
      { name: 'call', in: 'query', description: 'only of this call' },
      {
        name: 'Last-Event-ID',
        in: 'header',
        description: 'goes on after it; an event `reset` says that some are gone',
      },
    ],
    answers: { 200: { description: 'Until the watcher leaves.', type: 'text/event-stream' } },
    problems: ['too_many_watchers'],
  },
  ...(
    [
      ['pause', 'New effects are only noted, on every node'],
      ['resume', 'Effects are performed again'],
    ] as const
  ).map(([verb, summary]) => ({
    route: `POST /api/${verb}`,
    id: verb,
    summary,
    answers: { 202: { description: 'Every partition has it.', schema: z.object({}) } },
    problems: LOG_PROBLEMS,
  })),
  {
    route: 'POST /api/test-calls',
    id: 'startTestCall',
    summary: 'Makes a test call, in `onhook dev` only',
    body: { type: 'application/json', schema: testCallBody, required: true },
    answers: { 202: { description: 'It rings.', schema: z.object({ callId: text }) } },
    problems: ['bad_request', 'script_not_found', 'not_available'],
  },
];

export const adminOperations: readonly AdminOperation[] = [...probes, ...calls, ...letters, ...node];
