/** Every timer of the chart: at its due time less 1 ms it does nothing, at its due time it fires (invariant 4). */
import { describe, expect, it } from 'vitest';
import { callMachine } from '../../machines/call/machine.ts';
import { foldCall, dueAt } from '../../src/actors/call-actor.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { allNodes } from '../machines/exploration.ts';
import { aCall, BOTH, LIVE, NOBODY, ROOM, twilioCall } from './call-under-test.ts';
import type { CallUnderTest } from './call-under-test.ts';
import { timerById } from '../../src/actors/call-state.ts';

const ACCEPTED: Outcome = { result: 'accepted' };
const UNCLEAR = { identity: 'sip-1', kind: 'SIP' };
const HUMAN = { key: 'human', leg: { callSid: 'CA2' } };
const SPOKEN = { farewell: 'spoken' };
const STUCK = {
  'hang-up-leg': 'never',
  'delete-room': 'never',
  close: 'never',
  'stop-egress': 'never',
} as const;

const silent = { policy: { timers: { silenceMs: 20_000 } } };
const listening = { policy: { bargeIn: 'listen' } };
const modeOf = (mode: string) => ({ ...BOTH, policy: { mode } });
const atOnce = (call: CallUnderTest): CallUnderTest => call.play('end.requested', { farewell: 'none' });

/** Calls that between them arm every timer. */
const LIVES: readonly (() => CallUnderTest)[] = [
  () => twilioCall(silent),
  () => twilioCall({ direction: 'outbound' }),
  () => twilioCall({}, { script: { ping: NOBODY, 'ask-leg': LIVE } }).wait(48_000),
  () => aCall().play('stream.stopped'),
  () => aCall({ start: ROOM }).webhook('participant.left', UNCLEAR),
  () => aCall({ start: ROOM }).webhook('participant.left', { identity: 'bot', kind: 'AGENT' }),
  () => aCall().play('transfer.started'),
  () => aCall().play('end.requested', { farewell: 'reply' }),
  () => aCall().play('end.requested', { farewell: 'reply' }).play('farewell.started', { utteranceId: 'u' }),
  () => twilioCall(listening).play('end.requested', { farewell: 'reply' }).play('playback.cleared'),
  () => twilioCall(listening).play('end.requested', SPOKEN).play('playback.cleared'),
  () => aCall().play('end.requested', SPOKEN),
  () => twilioCall({ capabilities: { marks: false } }).play('end.requested', SPOKEN),
  () => atOnce(aCall({ start: BOTH, script: STUCK }).play('leg.added', HUMAN)),
  () => atOnce(aCall({ start: BOTH, script: { ...STUCK, 'ask-leg': 'never' } })).wait(30_000),
  () => atOnce(aCall({ script: { 'hang-up-leg': ACCEPTED, close: 'never' } })),
  () => atOnce(aCall({ script: { 'hang-up-leg': ACCEPTED, 'ask-leg': 'never' } })).wait(2_000),
  () => atOnce(aCall({ script: { 'hang-up-leg:human': ACCEPTED } }).play('leg.added', HUMAN)),
  () => atOnce(aCall({ start: { ...ROOM, policy: { stopEgress: true } }, script: STUCK })),
  () =>
    atOnce(
      aCall({
        start: ROOM,
        script: { 'delete-room': { result: 'done', data: { sip: [{ identity: 's' }] } } },
      }),
    ),
  () => atOnce(aCall({ start: modeOf('backstop') }).play('leg.added', HUMAN)),
  () => atOnce(aCall({ start: modeOf('observe') }).play('leg.added', HUMAN)),
  () => atOnce(aCall({ start: modeOf('observe') }).play('leg.added', HUMAN)).play('caller.left'),
  () => aCall().play('caller.left').wait(1_000),
  () =>
    aCall({ script: { 'run-end-function': 'never' } })
      .play('caller.left')
      .wait(2_000),
];

const seen = new Set<string>();

/** Fires each armed timer twice, beside the call: too early, and on time. */
function probe(call: CallUnderTest): void {
  for (const timer of call.state.timers) {
    seen.add(timer.timerId);
    const { seq: armedSeq, era: armedEra } = timer.armed;
    const data = { timerId: timer.timerId, armedSeq, armedEra, waitedMs: 0, epoch: 1, nonce: 'n' };
    const due = dueAt(timer, call.world);
    const fireAt = (at: number) =>
      foldCall(call.state, { ...call.message('timer.fired', data, { gateway: '_onhook' }), at }, call.world);
    if (due > call.at) {
      const early = fireAt(due - 1);
      expect([early.verdict, early.effects], timer.timerId).toEqual(['late', []]);
      expect(early.state.snapshot).toBe(call.state.snapshot);
    }
    const fired = fireAt(due);
    expect(fired.verdict, timer.timerId).toBe('applied');
    expect(timerById(fired.state, timer.timerId)?.armed.seq).not.toBe(armedSeq);
    // The lifetime finds its own end: nothing else may fire twice.
    const again = foldCall(
      fired.state,
      call.message('timer.fired', data, { gateway: '_onhook' }),
      call.world,
    );
    expect(again.verdict, timer.timerId).toBe('late');
  }
}

describe('timers', () => {
  it.each(LIVES.map((life, index) => [index, life] as const))(
    'life %i: early is late, due fires, twice is late',
    (_index, life) => {
      probe(life());
    },
  );

  it('all of the chart were probed', () => {
    const all = allNodes(callMachine).flatMap((node) =>
      Object.keys(node.config.after ?? {}).map((delay) => `${delay}.${node.id}`),
    );
    expect(all.filter((timerId) => !seen.has(timerId))).toEqual([]);
  });

  it('log rule 14: a deadline also counts by the time waited, an absence does not', () => {
    const drained = aCall().play('end.requested', SPOKEN);
    drained.fire('drain', 14_999);
    expect(drained.name).toBe('draining');
    drained.fire('drain', 15_000);
    expect(drained.name).not.toBe('draining');
    const silentCall = aCall();
    silentCall.fire('liveness', 1_000_000);
    expect(silentCall.commands('ping')).toEqual([]);
  });

  it('log rule 42: words of the gateway put its silence off without a step of the chart', () => {
    const call = aCall();
    const { snapshot } = call.state;
    call.wait(20_000).play('agent.spoke');
    expect(call.state.snapshot).toBe(snapshot);
    call.wait(29_000);
    expect(call.commands('ping')).toEqual([]);
  });
});
