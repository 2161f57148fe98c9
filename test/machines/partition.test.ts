/** The chart of a partition's ownership: every transition of every state (log rules 6, 7, 10 and 12). */
import { expect, test } from 'vitest';
import type { PartitionEvent, PartitionSnapshot } from '../../machines/partition/machine.ts';
import { initialPartition, partitionMachine, stepPartition } from '../../machines/partition/machine.ts';

/** State, event, next state, what to do. Every other pair changes nothing. */
const TRANSITIONS = [
  ['following', 'owner.silent', 'claiming', ['claim']],
  ['claiming', 'claim.written', 'catching-up', ['load']],
  ['claiming', 'claim.failed', 'following', ['follow']],
  ['claiming', 'claim.foreign', 'fenced', ['give-up']],
  ['catching-up', 'caught-up', 'live', ['act']],
  ['catching-up', 'load.failed', 'releasing', ['hand-over']],
  ['catching-up', 'release.requested', 'releasing', ['hand-over']],
  ['catching-up', 'claim.foreign', 'fenced', ['give-up']],
  ['live', 'release.requested', 'releasing', ['hand-over']],
  ['live', 'claim.foreign', 'fenced', ['give-up']],
  ['releasing', 'released', 'following', ['follow']],
  ['releasing', 'claim.foreign', 'fenced', ['give-up']],
  ['fenced', 'follow.again', 'following', ['follow']],
] as const;

const EVENTS: readonly PartitionEvent['type'][] = [
  'owner.silent',
  'claim.written',
  'claim.failed',
  'load.failed',
  'caught-up',
  'release.requested',
  'released',
  'claim.foreign',
  'follow.again',
];

type StateName = (typeof TRANSITIONS)[number][0];

function inState(value: StateName): PartitionSnapshot {
  return partitionMachine.resolveState({ value, context: {} });
}

test('a partition begins by following', () => {
  expect(initialPartition().value).toBe('following');
});

test.each(TRANSITIONS)('%s, on %s, becomes %s', (from, type, to, actions) => {
  const step = stepPartition(inState(from), { type });
  expect([step.snapshot.value, step.actions]).toEqual([to, actions]);
});

test.each(Object.keys(partitionMachine.states) as StateName[])('%s ignores every other event', (from) => {
  const known = new Set<string>(TRANSITIONS.filter(([state]) => state === from).map(([, type]) => type));
  for (const type of EVENTS.filter((event) => !known.has(event))) {
    const step = stepPartition(inState(from), { type });
    expect([type, step.snapshot.value, step.actions]).toEqual([type, from, []]);
  }
});

test('a life that was fenced never acts again without a claim of its own (log rule 6)', () => {
  let snapshot = stepPartition(inState('live'), { type: 'claim.foreign' }).snapshot;
  for (const type of ['caught-up', 'claim.written', 'released', 'owner.silent'] as const) {
    const step = stepPartition(snapshot, { type });
    expect(step.actions).toEqual([]);
    snapshot = step.snapshot;
  }
  expect(snapshot.value).toBe('fenced');
});
