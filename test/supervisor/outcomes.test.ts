/** Outcomes on their way to the log: which wait, which go at once, and what a lost partition does. */
import { expect, test } from 'vitest';
import { callMachine } from '../../machines/call/machine.ts';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { Effect, EffectPayload } from '../../src/contract/effect.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import type { Settled } from '../../src/contract/settled.ts';
import { settledIn } from '../../src/contract/settled.ts';
import { isReceipt, Outcomes } from '../../src/supervisor/outcomes.ts';
import { aCall } from '../actors/call-under-test.ts';
import { Fleet, quiet } from './fleet.ts';

const ended = (effectId: string): Settled => ({ effectId, attempt: 1, outcome: { result: 'done' } });

function desk() {
  const clock = new ManualClock();
  const told: string[] = [];
  const outcomes = new Outcomes({
    clock,
    tell: (callId, first, also) =>
      told.push(`${callId}: ${[first, ...also].map(({ effectId }) => effectId).join(' ')}`),
  });
  return { clock, told, outcomes };
}

test('an outcome goes at once, and takes along the receipts of its call', () => {
  const { clock, told, outcomes } = desk();
  outcomes.note('c1', ended('accepted'));
  outcomes.note('c1', ended('mark'));
  outcomes.note('c2', ended('accepted'));
  expect([told, outcomes.size]).toEqual([[], 2]);
  outcomes.tell('c1', ended('hangup'));
  outcomes.tell('c1', ended('close'));
  expect([told, outcomes.size]).toEqual([['c1: hangup accepted mark', 'c1: close'], 1]);
  clock.advance(1_000);
  expect(told.at(-1)).toBe('c2: accepted');
  expect([told.length, outcomes.size]).toEqual([3, 0]);
});

test('receipts that nothing follows go together, a quarter of a second later, and the next ones again', () => {
  const { clock, told, outcomes } = desk();
  outcomes.note('c1', ended('accepted'));
  clock.advance(200);
  outcomes.note('c1', ended('mark'));
  expect(told).toEqual([]);
  clock.advance(50);
  outcomes.note('c1', ended('clear'));
  expect(told).toEqual(['c1: accepted mark']);
  clock.advance(250);
  expect(told.at(-1)).toBe('c1: clear');
});

test('a message stays small: the sixteenth receipt of a call waits for no more', () => {
  const { clock, told, outcomes } = desk();
  for (let i = 1; i <= 17; i += 1) outcomes.note('c1', ended(`${i}`));
  expect(told.map((line) => line.split(' ').length - 1)).toEqual([16]);
  clock.advance(250);
  expect(told.at(-1)).toBe('c1: 17');
});

test('what waits when the partition is lost is not told', () => {
  const { clock, told, outcomes } = desk();
  outcomes.note('c1', ended('a'));
  outcomes.drop();
  clock.advance(1_000);
  expect([told, outcomes.size]).toEqual([[], 0]);
});

const effect = (effectId: string, kind: Effect['kind'], payload: EffectPayload): Effect => ({
  effectId,
  kind,
  callId: 'c1',
  gateway: 'gw1',
  attempt: 1,
  position: { era: 0, seq: 1 },
  cause: 'end.requested',
  requestedAt: 0,
  idempotencyKey: effectId,
  timeoutMs: 1_000,
  payload,
});

const DONE: Outcome = { result: 'done' };
const sent = (verb: string): Effect => effect(verb, 'command', { verb, body: {} });

test('a receipt is the "done" of a command that no state of the chart waits for', () => {
  const receipts = ['mark', 'clear', 'end-accepted', 'end-refused', 'end-cancelled'];
  for (const verb of receipts) expect(isReceipt(sent(verb), DONE), verb).toBe(true);
  for (const verb of ['close', 'say', 'farewell', 'ping'])
    expect(isReceipt(sent(verb), DONE), verb).toBe(false);
  for (const result of ['refused', 'no-responder', 'retry', 'fatal', 'already-gone'] as const)
    expect(isReceipt(sent('mark'), { result }), result).toBe(false);
  expect(callMachine.events).toContain('effect.close.done');
  for (const name of ['mark', 'notice']) expect(callMachine.events).not.toContain(`effect.${name}.done`);
  const call = aCall({ script: { mark: 'never', 'end-accepted': 'never' } });
  call.play('end.requested', { by: 'agent', farewell: 'spoken' });
  const names = call.state.effects.map(({ name, request: { payload } }) => [
    'verb' in payload && payload.verb,
    name,
  ]);
  expect(Object.fromEntries(names)).toEqual({ 'end-accepted': 'notice', mark: 'mark' });
});

test('an owner tells evidence at once, with the receipts that waited, and a release loses none', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a', { settle: false });
  fleet.startCall('c1');
  await quiet();
  a.owner().onSettled(sent('mark'), DONE);
  a.owner().onSettled(effect('e1', 'hang-up-leg', { permit: true }), DONE);
  a.owner().onSettled(sent('close'), DONE);
  a.owner().onSettled(sent('clear'), DONE);
  const closed = a.node.close();
  await fleet.pass(1_000);
  await closed;
  const settled = await a.log.ofCall('c1').then((messages) =>
    messages.map(({ subject, data }) => {
      const body = JSON.parse(Buffer.from(data).toString()) as never;
      return settledIn({ type: subject.split('.').slice(-2).join('.'), data: body });
    }),
  );
  const ids = settled.filter(({ length }) => length > 0).map((all) => all.map(({ effectId }) => effectId));
  expect(ids).toEqual([['e1', 'mark'], ['close'], ['clear']]);
});
