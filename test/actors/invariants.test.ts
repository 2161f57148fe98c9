/**
 * Random lives of calls: messages with repeats and stale timers, effects that fail, hang or answer
 * late. Every step is held to the invariants by the call under test; every life ends.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import type { Message } from '../../src/contract/message.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { aCall, BOTH, BUSY, endFunction, GONE, LIVE, NOBODY, TWILIO } from './call-under-test.ts';
import type { CallUnderTest, Reply } from './call-under-test.ts';

type Played = readonly [type: string, data: JsonObject, gateway?: string];

const INGRESS = '_ingress';
const OPERATOR = '_operator';

const ENDINGS: readonly Played[] = [
  ['end.requested', { farewell: 'spoken' }],
  ['end.requested', { farewell: 'reply' }],
  ['end.requested', { farewell: 'none' }],
  ['end.requested', { by: 'voicemail', farewell: { say: 'Bye.' } }],
  ['caller.left', {}],
  ['call.ended', { farewell: 'confirmed' }],
  ['call.transferred', {}],
  ['call.transferred', { survivors: ['carrier'] }],
  ['leg.status', { leg: 'carrier', status: 'completed' }, INGRESS],
  ['participant.left', { identity: 'sip-1', kind: 'SIP', reason: 'CLIENT_INITIATED' }, INGRESS],
  ['room.finished', {}, INGRESS],
  ['operator.end-requested', {}, OPERATOR],
  ['operator.kill-requested', {}, OPERATOR],
];

const OTHERS: readonly Played[] = [
  ['stream.stopped', {}],
  ['stream.started', {}],
  ['farewell.started', { utteranceId: 'u1', expectedMs: 2_000 }],
  ['farewell.finished', { utteranceId: 'u1', audioMs: 2_000 }],
  ['farewell.finished', { utteranceId: 'u1', interrupted: true }],
  ['farewell.failed', {}],
  ['playback.cleared', {}],
  ['mark.echoed', { name: 'onhook-1-1' }],
  ['mark.echoed', { name: 'onhook-2-1' }],
  ['caller.spoke', { text: 'wait', final: false }],
  ['caller.spoke', { text: 'one question', final: true }],
  ['transfer.started', {}],
  ['transfer.failed', {}],
  ['activity.paused', {}],
  ['leg.added', { key: 'human', leg: { callSid: 'CA2' } }],
  ['leg.status', { leg: 'carrier', status: 'in-progress' }, INGRESS],
  ['participant.left', { identity: 'sip-1', kind: 'SIP' }, INGRESS],
  ['participant.joined', { identity: 'sip-1', kind: 'SIP' }, INGRESS],
  ['operator.end-cancelled', {}, OPERATOR],
  ['unattended.permitted', { epoch: 1 }, '_onhook'],
  ['call.quarantined', { epoch: 1, detail: 'x' }, '_onhook'],
  ['call.started', TWILIO],
];

const OUTCOMES: readonly Outcome[] = [
  { result: 'done', status: 'completed' },
  GONE,
  LIVE,
  NOBODY,
  BUSY,
  { result: 'accepted', status: 'in-progress' },
  { result: 'refused', code: '500' },
  { result: 'fatal', code: 'x' },
];

const reply: fc.Arbitrary<Reply> = fc.oneof(
  fc.constantFrom<Reply>(...OUTCOMES, 'never'),
  fc.record({ afterMs: fc.integer({ min: 1, max: 40_000 }), outcome: fc.constantFrom(...OUTCOMES) }),
);

type Move =
  | { readonly do: 'play'; readonly event: Played }
  | { readonly do: 'repeat'; readonly back: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'stale'; readonly pick: number };

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('play' as const), event: fc.constantFrom(...ENDINGS, ...OTHERS) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), back: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stale' as const), pick: fc.nat(9) }) },
);

const start = fc.record({
  where: fc.constantFrom<JsonObject>(TWILIO, BOTH),
  mode: fc.constantFrom('own', 'own', 'backstop', 'observe'),
  bargeIn: fc.constantFrom('lock', 'listen', 'resume'),
  direction: fc.constantFrom('inbound', 'outbound'),
  can: fc.constantFrom<JsonObject>({}, { say: true, farewell: true, farewellEvents: true }, { marks: false }),
  together: fc.boolean(),
});

const FUNCTIONS = [endFunction('crm'), endFunction('mail', ['crm'])];

/** Plays one move; `past` holds what was played before, for repeats. */
function make(call: CallUnderTest, next: Move, past: Message[]): void {
  if (next.do === 'wait') call.wait(next.ms);
  else if (next.do === 'play') {
    const [type, data, gateway = 'gw1'] = next.event;
    const message = call.message(type, data, { gateway });
    past.push(message);
    call.fold(message);
    call.settle();
  } else if (next.do === 'repeat') {
    const again = past.at(-1 - next.back);
    if (again === undefined || again.gateway === '_onhook') return;
    const { verdict } = call.fold(
      call.message(again.type, again.data, { gateway: again.gateway, id: again.id }),
    );
    expect(['duplicate', 'late']).toContain(verdict);
  } else {
    const timer = call.state.timers[next.pick];
    if (timer === undefined) return;
    const data = { timerId: timer.timerId, armedSeq: timer.armed.seq - 1, armedEra: 1, waitedMs: 1e9 };
    expect(call.fold(call.message('timer.fired', data, { gateway: '_onhook' })).verdict).toBe('late');
  }
}

describe('invariants 1, 2, 3, 4, 5, 7, 8, 13, 14, 15, 16, 17, 24', () => {
  it('hold in random lives, and every life closes (invariant 29)', () => {
    const life = fc.property(
      start,
      fc.array(reply, { minLength: 1, maxLength: 12 }),
      fc.array(move, { maxLength: 18 }),
      ({ where, mode, bargeIn, direction, can, together }, replies, moves) => {
        let answered = 0;
        const scripted = (): Reply => replies[answered++ % replies.length] ?? 'never';
        const kinds = [
          'hang-up-leg',
          'delete-room',
          'ask-leg',
          'run-end-function',
          'mark',
          'say',
          'farewell',
          'close',
          'ping',
        ];
        const script = Object.fromEntries(kinds.map((kind) => [kind, scripted]));
        const policy = { mode, bargeIn };
        const call = aCall({
          start: { ...where, policy, direction, capabilities: can },
          script,
          functions: FUNCTIONS,
          together,
        });
        const past: Message[] = [];
        for (const next of moves) make(call, next, past);
        call.untilClosed();
        const { endFunctions } = call.record;
        expect(endFunctions.map(({ status }) => status)).not.toContain('waiting');
        for (const message of past.slice(0, 3)) call.fold(call.message(message.type, message.data));
      },
    );
    // A failure prints its seed and path: fc.assert(life, { seed, path }) plays it again.
    fc.assert(life, { numRuns: 100 });
  }, 120_000);

  const pairs = ENDINGS.flatMap((one, i) => ENDINGS.slice(i + 1).map((other) => [one, other] as const));

  it.each(pairs.map(([one, other]) => [one[0], other[0], one, other] as const))(
    'invariant 14: %s and %s, in either order, close with one hangup',
    (_one, _other, one, other) => {
      for (const both of [
        [one, other],
        [other, one],
      ]) {
        const call = aCall({ start: BOTH, functions: FUNCTIONS });
        for (const [type, data, gateway = 'gw1'] of both) call.fold(call.message(type, data, { gateway }));
        call.settle().untilClosed();
        expect(new Set(call.of('hang-up-leg').map(({ effectId }) => effectId)).size).toBeLessThanOrEqual(1);
        expect(call.record.endFunctions.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
      }
    },
  );
});
