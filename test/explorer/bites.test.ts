/** The search finds a bug that is put into the fold, by a shortest sequence, and prints it as a test. */
import { describe, expect, it } from 'vitest';
import type { CallState } from '../../src/actors/call-state.ts';
import { effectById, timerById } from '../../src/actors/call-state.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Message } from '../../src/contract/message.ts';
import { callFold } from '../../src/supervisor/call-fold.ts';
import type { CallFold } from '../../src/supervisor/call-fold.ts';
import { asTest, retrace, SCENARIOS, Search } from '../../src/testing/explorer/index.ts';
import type { Scenario, Violation } from '../../src/testing/explorer/index.ts';

/** Production's fold, but each message is changed on its way in. */
function hearing(change: (message: Message, state: CallState) => Message): CallFold {
  return {
    ...callFold,
    foldCall: (state, message, world) => callFold.foldCall(state, change(message, state), world),
  };
}

function withData(message: Message, more: JsonObject): Message {
  return { ...message, data: { ...message.data, ...more } };
}

const contextOf = (state: CallState): { farewell?: { mark?: string } } => state.snapshot.context as never;

interface Bug {
  readonly name: string;
  readonly scenario: Scenario;
  readonly fold: CallFold;
  readonly broken: RegExp;
  readonly moves: readonly string[];
}

const named = (name: string): Scenario => SCENARIOS.find((one) => one.name === name) as Scenario;
const LINE = named('a line, two faults');
const SHORT: Scenario = {
  name: 'a line that ends',
  start: LINE.start,
  functions: [],
  events: named('end functions, two faults').events,
  bounds: { events: 1, faults: 0, ticks: 0 },
};

const BUGS: readonly Bug[] = [
  {
    name: 'a timer counts however it was armed',
    scenario: LINE,
    fold: hearing((message, state) => {
      const timer = timerById(state, message.data['timerId'] as string);
      return timer === undefined
        ? message
        : withData(message, { armedSeq: timer.armed.seq, armedEra: timer.armed.era });
    }),
    broken: /^4: a firing of an older arming/,
    moves: [],
  },
  {
    name: 'any mark confirms the farewell',
    scenario: named('a farewell, a fault'),
    fold: hearing((message, state) => {
      const mark = contextOf(state).farewell?.mark;
      return message.type === 'mark.echoed' && mark !== undefined
        ? withData(message, { name: mark })
        : message;
    }),
    broken: /^3: /,
    moves: [
      'say end.requested reply',
      'say farewell.started',
      'say farewell.finished',
      'say mark.echoed, not ours',
    ],
  },
  {
    name: 'a repeat is applied again',
    scenario: LINE,
    fold: {
      ...callFold,
      foldCall: (state, message, world) => callFold.foldCall({ ...state, ids: [] }, message, world),
    },
    broken: /^13: a repeat changes nothing/,
    moves: ['say end.requested spoken'],
  },
  {
    name: 'a timer is not armed again after a recovery',
    scenario: LINE,
    fold: {
      ...callFold,
      fromEntry: (entry, configs) => {
        const state = callFold.fromEntry(entry, configs);
        return { ...state, timers: state.timers.filter(({ timerId }) => !timerId.startsWith('drain.')) };
      },
    },
    broken: /^5: /,
    moves: ['say end.requested spoken', 'take over', 'settle command mark #1 done'],
  },
  {
    name: 'the acknowledgement of a record is lost',
    scenario: SHORT,
    fold: hearing((message, state) => {
      const kind = effectById(state, message.data['effectId'] as string)?.request.kind;
      return kind === 'publish-record' ? withData(message, { effectId: 'another' }) : message;
    }),
    broken: /^29: every call closes in time \(answered/,
    moves: ['say carrier completed'],
  },
  {
    name: 'a leg that survives a transfer is hung up',
    scenario: named('transfers'),
    fold: hearing((message) =>
      message.type === 'call.transferred' ? withData(message, { survivors: [] }) : message,
    ),
    broken: /^24: /,
    moves: ['say call.transferred'],
  },
];

function find({ scenario, fold }: Bug): Violation | undefined {
  return new Search(scenario, fold).run({ pointsMax: 3_000 }).violations[0];
}

describe('the race explorer', () => {
  it.each(BUGS.map((bug) => [bug.name, bug] as const))('finds that %s', (_name, bug) => {
    const violation = find(bug);
    expect(violation?.broken).toMatch(bug.broken);
    expect(violation?.moves).toEqual(bug.moves);
    expect(retrace(bug.scenario, bug.moves, bug.fold)).toContainEqual(
      expect.stringMatching(bug.broken.source.slice(0, 4)),
    );
    expect(retrace(bug.scenario, bug.moves)).toEqual([]);
  });

  it('prints a violation as a test to paste', () => {
    const text = asTest({ scenario: LINE.name, broken: '3: a sentence', moves: ["say it's over", 'wait'] });
    expect(text).toContain("import { retrace } from '../../src/testing/explorer/index.ts';");
    expect(text).toContain("it('invariant 3: a sentence'");
    expect(text).toContain("    'say it\\'s over',\n    'wait',\n");
    expect(text).toContain(`expect(retrace('${LINE.name}', moves)).toEqual([]);`);
  });

  it('names the moves that are possible when a sequence names another', () => {
    expect(() => retrace(LINE, ['say nothing'])).toThrow('say caller.left');
  });
});
