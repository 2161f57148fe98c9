/** Pings per gateway instance (log rule 16). */
import { expect, test } from 'vitest';
import type { Effect } from '../../src/contract/effect.ts';
import { SharedPings } from '../../src/supervisor/shared-pings.ts';

function ping(callId: string, instance?: string): Effect {
  return {
    effectId: `ping ${callId}`,
    kind: 'command',
    callId,
    gateway: 'gw1',
    attempt: 1,
    position: { era: 0, seq: 1 },
    cause: 'timer.liveness',
    requestedAt: 0,
    idempotencyKey: callId,
    timeoutMs: 2_000,
    payload: { verb: 'ping', body: {}, ...(instance === undefined ? {} : { instance }) },
  };
}

function desk() {
  const dispatched: string[] = [];
  const settled: string[] = [];
  const pings = new SharedPings({
    dispatch: ({ callId }) => dispatched.push(callId),
    settle: ({ callId }, { result }) => settled.push(`${callId} ${result}`),
  });
  const joined = (...effects: Effect[]): boolean[] => effects.map((effect) => pings.join(effect));
  return { pings, dispatched, settled, joined };
}

test('an instance is asked once at a time, and its answer is the answer of all its calls', () => {
  const { pings, settled, joined } = desk();
  expect(joined(ping('a', 'i1'), ping('b', 'i1'), ping('c', 'i1'), ping('d', 'i2'))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  pings.hear(ping('a', 'i1'), { result: 'done' });
  expect(settled).toEqual(['b done', 'c done']);
  expect(joined(ping('b', 'i1')), 'the next round asks again').toEqual([false]);
});

test('that one call is not answered for says nothing about the others: each is asked', () => {
  const { pings, dispatched, settled, joined } = desk();
  joined(ping('a', 'i1'), ping('b', 'i1'));
  pings.hear(ping('a', 'i1'), { result: 'no-responder' });
  expect([dispatched, settled]).toEqual([['b'], []]);
});

test('a withdrawn ping leaves nobody waiting, and a repeated one is asked again', () => {
  const { pings, dispatched, joined } = desk();
  joined(ping('a', 'i1'), ping('b', 'i1'), ping('c', 'i1'));
  pings.withdraw('ping b');
  expect(joined(ping('a', 'i1'))).toEqual([false]);
  pings.withdraw('ping a');
  expect(dispatched).toEqual(['c']);
});

test('calls whose gateway names no instance are asked each by itself', () => {
  expect(desk().joined(ping('a'), ping('b'))).toEqual([false, false]);
});
