/**
 * The scenarios of the search. Each is small enough to be searched to its end; together they cover every
 * state of the chart, every kind of effect and every ending, in each mode.
 */
import { EMERGENCIES, ENDINGS, FACTS, REACTIONS } from './events.ts';
import type { EnvironmentEvent, Scenario } from './scenario.ts';
import { endFunction } from './scenario.ts';

const TWILIO = { provider: 'twilio', legs: { carrier: { callSid: 'CA1' } } };
const ROOM = { provider: 'livekit', legs: { room: { name: 'room-1' } } };
const BOTH = { provider: 'livekit', legs: { carrier: { callSid: 'CA1' }, room: { name: 'room-1' } } };
const SPEAKS = { say: true, farewell: true, farewellEvents: true };
/** Nothing runs after the call: the search is about its ending. */
const functions = [] as const;

const all: readonly EnvironmentEvent[] = Object.values(ENDINGS);
const { echo, started, finished, interrupted, ended, sipLeft } = REACTIONS;
const bounds = (events: number, faults: number, ticks = 0): Scenario['bounds'] => ({ events, faults, ticks });
const lineWith = (policy: object, more: object = {}) => ({ ...TWILIO, policy: { ...policy }, ...more });

/** Two endings that meet, in every place of the one after the other's first step. */
const PAIRS: readonly Scenario[] = [
  { name: 'a line: every pair of endings', start: TWILIO, events: [...all, echo], bounds: bounds(2, 0) },
  {
    name: 'a line and a room: every pair of endings',
    start: BOTH,
    functions,
    events: [...all, echo],
    bounds: bounds(2, 0),
  },
  {
    name: 'a room: every pair of endings',
    start: ROOM,
    functions,
    events: [...all, echo, sipLeft],
    bounds: bounds(2, 0),
  },
  {
    name: 'backstop: every pair of endings',
    start: { ...BOTH, policy: { mode: 'backstop' } },
    functions,
    events: all,
    bounds: bounds(2, 0),
  },
  {
    name: 'observe: every pair of endings',
    start: { ...BOTH, policy: { mode: 'observe' } },
    events: all,
    bounds: bounds(2, 0),
  },
  {
    name: 'a farewell of the model: every pair of endings',
    start: { ...TWILIO, capabilities: SPEAKS },
    functions,
    events: [...all, started, finished, echo],
    bounds: bounds(2, 0),
  },
];

/** What goes wrong, and what else is said. */
const FAULTS: readonly Scenario[] = [
  {
    name: 'a line, two faults',
    start: TWILIO,
    functions,
    events: [ENDINGS.spoken, ENDINGS.callerLeft, echo, ended],
    bounds: bounds(1, 2),
  },
  {
    name: 'a line, pairs and a fault',
    start: TWILIO,
    functions,
    events: [
      ENDINGS.spoken,
      ENDINGS.callerLeft,
      ENDINGS.transferred,
      ENDINGS.operatorKill,
      FACTS.cancelled,
      FACTS.cleared,
      echo,
      ended,
    ],
    bounds: bounds(2, 1),
  },
  {
    name: 'a room, a fault',
    start: { ...ROOM, policy: { stopEgress: true } },
    functions,
    events: [ENDINGS.spoken, FACTS.away, FACTS.back, ENDINGS.roomFinished, echo, sipLeft],
    bounds: bounds(2, 1),
  },
  {
    name: 'end functions, two faults',
    start: TWILIO,
    functions: [endFunction('crm'), endFunction('mail', ['crm'])],
    events: [ENDINGS.completed],
    bounds: bounds(1, 2),
  },
  {
    name: 'the gateway falls silent',
    start: BOTH,
    functions,
    events: [FACTS.agentSpoke, FACTS.agentLeft, FACTS.agentBack, FACTS.permitted, ENDINGS.spoken, echo],
    bounds: bounds(2, 2),
  },
  {
    name: 'media is lost',
    start: TWILIO,
    functions,
    events: [
      ENDINGS.streamStopped,
      FACTS.streamStarted,
      FACTS.permitted,
      ENDINGS.callerLeft,
      ENDINGS.spoken,
      echo,
    ],
    bounds: bounds(3, 1),
  },
  {
    name: 'barge-in: resume',
    start: lineWith({ bargeIn: 'resume', bargeInMax: 1 }),
    functions,
    events: [
      ENDINGS.spoken,
      FACTS.wait,
      FACTS.question,
      FACTS.questionAgain,
      FACTS.cleared,
      FACTS.spokenAgain,
      FACTS.goodbye,
      ENDINGS.callerLeft,
      echo,
    ],
    bounds: bounds(4, 0, 1),
  },
  {
    name: 'barge-in: listen',
    start: lineWith({ bargeIn: 'listen' }, { capabilities: SPEAKS }),
    functions,
    events: [
      ENDINGS.reply,
      FACTS.wait,
      FACTS.question,
      FACTS.cleared,
      FACTS.clearedAgain,
      started,
      finished,
      interrupted,
      echo,
    ],
    bounds: bounds(4, 0, 1),
  },
  {
    name: 'a farewell, a fault',
    start: { ...TWILIO, capabilities: SPEAKS },
    functions,
    events: [
      ENDINGS.reply,
      ENDINGS.say,
      ENDINGS.operatorEnd,
      FACTS.cleared,
      FACTS.farewellFailed,
      FACTS.cancelled,
      FACTS.strangeMark,
      started,
      finished,
      echo,
    ],
    bounds: bounds(2, 1),
  },
  {
    name: 'transfers',
    start: TWILIO,
    functions,
    events: [
      FACTS.transferStarted,
      FACTS.transferFailed,
      ENDINGS.transferred,
      ENDINGS.survivor,
      FACTS.legAdded,
      FACTS.humanCompleted,
      ENDINGS.spoken,
      ENDINGS.callerLeft,
      ENDINGS.operatorEnd,
      echo,
    ],
    bounds: bounds(3, 0, 1),
  },
  {
    name: 'a further leg, a fault',
    start: BOTH,
    functions,
    events: [FACTS.legAdded, ENDINGS.none, ENDINGS.survivor, FACTS.humanCompleted, ended],
    bounds: bounds(2, 1),
  },
  {
    name: 'outbound',
    start: { ...TWILIO, direction: 'outbound', capabilities: SPEAKS },
    functions,
    events: [
      FACTS.ringing,
      FACTS.answered,
      FACTS.inProgress,
      FACTS.noAnswer,
      ENDINGS.busy,
      ENDINGS.spoken,
      ENDINGS.voicemail,
      ENDINGS.operatorEnd,
      ENDINGS.callerLeft,
      echo,
    ],
    bounds: bounds(3, 1),
  },
  {
    name: 'hung up in an emergency',
    start: TWILIO,
    functions,
    events: [
      ENDINGS.spoken,
      ENDINGS.callerLeft,
      FACTS.cancelled,
      EMERGENCIES.done,
      EMERGENCIES.gone,
      echo,
      ended,
    ],
    bounds: bounds(3, 1),
  },
  {
    name: 'numbered callbacks',
    start: TWILIO,
    functions,
    events: [
      FACTS.olderStatus,
      FACTS.newerStatus,
      FACTS.ringing,
      { ...ENDINGS.spoken, sequence: 1 },
      { ...FACTS.cleared, sequence: 2 },
      { ...ENDINGS.callerLeft, sequence: 4 },
      echo,
    ],
    bounds: bounds(4, 0, 1),
  },
  {
    name: 'effects paused',
    start: TWILIO,
    pauses: true,
    events: [ENDINGS.spoken, ENDINGS.callerLeft, echo, ended],
    bounds: bounds(1, 1),
  },
  {
    name: 'nobody speaks, the longest call and day',
    start: lineWith(
      { timers: { silenceMs: 20_000, maxCallMs: 60_000, lifetimeMs: 900_000 } },
      { capabilities: SPEAKS },
    ),
    functions,
    long: true,
    events: [FACTS.paused, FACTS.resumed, FACTS.agentSpoke, FACTS.transferStarted, FACTS.transferFailed],
    bounds: bounds(2, 1),
  },
];

/** Two halves of about the same work. */
export const FAMILIES = { pairs: PAIRS, faults: FAULTS } as const;

export const SCENARIOS: readonly Scenario[] = [...PAIRS, ...FAULTS];
