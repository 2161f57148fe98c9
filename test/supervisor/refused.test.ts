/** What is refused or never claimed by a call: kept as dead letters, counted, and told. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import { callFold } from '../../src/supervisor/call-fold.ts';
import type { TestNode } from './fleet.ts';
import { dataOf, Fleet, quiet } from './fleet.ts';
import { appliedTo } from './toy-fold.ts';

function letters(fleet: Fleet): JsonObject[] {
  return fleet.server.streams.deadLetters.newestOf(() => true, 10_000).map(dataOf);
}

function inject(fleet: Fleet, subject: string, body: string | Uint8Array = '{}'): number {
  return fleet.server.inject({ subject, data: Buffer.from(body) }) ?? 0;
}

function alarms({ node }: TestNode): string[] {
  return node.stats().alarms.map(({ code }) => code);
}

test('refused input becomes a self-contained dead letter, whatever was wrong with it (log rule 3, invariant 20)', async () => {
  const fleet = new Fleet({ partitions: 2 });
  await fleet.start('a', { fold: callFold });
  fleet.startCall('c1');
  const invalid = inject(fleet, 'onhook.v1.evt.gw1.c1.caller.left', 'not json');
  const forged = inject(fleet, 'onhook.v1.evt.gw1.c1.effect.settled');
  const misplaced = [0, 1].map((p) => inject(fleet, `onhook.v1.p.${p}.gw1.c1.caller.left`));
  const subject = inject(fleet, 'onhook.v1.p.0.gw1.c%1.caller.left');
  const foreign = fleet.publish('c1', 'caller.left', {}, 'gw2');
  await fleet.pass(1_000);
  const kept = letters(fleet);
  const bySeq = new Map(kept.map((letter) => [letter['seq'], letter]));
  expect(bySeq.get(invalid)).toMatchObject({
    kind: 'input',
    callId: 'c1',
    gateway: 'gw1',
    subject: expect.stringContaining('.gw1.c1.caller.left'),
    body: Buffer.from('not json').toString('base64'),
    reason: expect.any(String),
  });
  expect(bySeq.get(forged)).toMatchObject({ type: 'effect.settled' });
  expect(misplaced.filter((seq) => bySeq.has(seq))).toHaveLength(1);
  expect(bySeq.get(subject)).toMatchObject({ reason: expect.stringContaining('subject') });
  expect(bySeq.get(foreign)).toMatchObject({ gateway: 'gw2', type: 'caller.left' });
});

test('a dead letter of a large input holds its first 64 KiB', async () => {
  const fleet = new Fleet();
  await fleet.start('a');
  inject(fleet, 'onhook.v1.evt.gw1.c1.caller.left', Buffer.alloc(200_000, 'x'));
  await quiet();
  const [letter] = letters(fleet);
  expect(Buffer.from(letter?.['body'] as string, 'base64')).toHaveLength(65_536);
});

test('a flood of garbage fills no stream: a hundred letters a second, the rest is counted (invariant 21)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  for (let i = 0; i < 500; i += 1) inject(fleet, 'onhook.v1.evt.gw1.c1.caller.left', 'garbage');
  await quiet();
  expect(letters(fleet)).toHaveLength(100);
  expect(a.node.stats().inputs['invalid']).toBe(500);
  expect(alarms(a)).toEqual(['dead_letter_dropped']);
  await fleet.pass(1_000);
  inject(fleet, 'onhook.v1.evt.gw1.c1.caller.left', 'garbage');
  await quiet();
  expect(letters(fleet)).toHaveLength(101);
});

test('garbage that nobody owned is kept by the next owner, and a replay keeps it once (log rule 18)', async () => {
  const fleet = new Fleet();
  inject(fleet, 'onhook.v1.evt.gw1.c1.caller.left', 'garbage');
  const a = await fleet.start('a');
  expect(letters(fleet)).toHaveLength(1);
  a.node.abort();
  const again = await fleet.start('a');
  expect(again.node.stats().inputs['invalid'] ?? 0).toBeLessThanOrEqual(1);
  expect(letters(fleet)).toHaveLength(1);
});

test('an owner that lost its partition writes no dead letter (log rule 6)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  a.node.abort();
  inject(fleet, 'onhook.v1.evt.gw1.c1.caller.left', 'garbage');
  await quiet();
  expect(letters(fleet)).toEqual([]);
});

test('a wish to end a call that we do not know is held, then counted and told (row 64, log rule 22)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  fleet.publish('c1', 'end.requested');
  fleet.publish('c2', 'agent.spoke');
  await fleet.pass(9_000);
  expect(alarms(a)).toEqual([]);
  await fleet.pass(5_000);
  expect(a.node.stats().inputs).toMatchObject({ held: 2, expired: 2 });
  expect(a.node.stats().alarms).toMatchObject([
    { code: 'end_requested_unknown_call', data: { callId: 'c1', gateway: 'gw1' } },
  ]);
});

test('at most sixteen events are held for a call: the oldest goes and is counted (log rule 22, invariant 21)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  for (let i = 0; i < 20; i += 1) fleet.publish('c1', 'agent.spoke');
  await quiet();
  expect(a.node.stats().inputs).toMatchObject({ held: 20, expired: 4 });
  fleet.startCall('c1');
  await quiet();
  const applied = appliedTo(a.node.seats[0]?.owner?.table.calls.get('c1'));
  expect(applied.filter((type) => type === 'agent.spoke')).toHaveLength(16);
});

test('at most a thousand unknown calls have events held (log rule 22, invariant 21)', async () => {
  const fleet = new Fleet();
  const a = await fleet.start('a');
  for (let i = 0; i < 1_010; i += 1) fleet.publish(`c${i}`, 'agent.spoke');
  await quiet();
  expect(a.node.stats().inputs['expired']).toBe(10);
});
