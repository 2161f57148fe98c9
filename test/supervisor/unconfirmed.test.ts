/** Own messages until they are read back: reading back is the ack (log rules 18 and 19). */
import { expect, test } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { MemoryLog, MemoryServer } from '../../src/log/memory/index.ts';
import { OwnMessages } from '../../src/supervisor/own-messages.ts';
import type { OwnMessage } from '../../src/supervisor/own-messages.ts';
import { Unconfirmed } from '../../src/supervisor/unconfirmed.ts';
import { quiet } from './fleet.ts';

interface Desk {
  readonly clock: ManualClock;
  readonly server: MemoryServer;
  readonly unconfirmed: Unconfirmed;
  read: number;
  losing: boolean;
  about(callId: string): OwnMessage;
  stored(): string[];
}

function desk(cap?: number): Desk {
  const clock = new ManualClock();
  const server = new MemoryServer({
    clock,
    fate: ({ kind }) => (kind === 'publish' && made.losing ? 'lost' : 'done'),
  });
  const log = new MemoryLog(server);
  const messages = new OwnMessages(log, { partition: 0, epoch: 1, nonce: 'nonce1' });
  const made: Desk = {
    clock,
    server,
    read: 0,
    losing: false,
    unconfirmed: new Unconfirmed({
      log,
      clock,
      readSeq: () => made.read,
      ...(cap === undefined ? {} : { cap }),
    }),
    about: (callId) => messages.ofCall(callId, 'unattended.permitted', {}),
    stored: () =>
      server.streams.log.newestOf(() => true, 1_000).map(({ subject }) => subject.split('.')[4] ?? ''),
  };
  return made;
}

test('own messages carry epoch and nonce and no Nats-Msg-Id (log rule 18)', async () => {
  const { server, unconfirmed, about } = desk();
  unconfirmed.send(about('c1'), 'outcome');
  await quiet();
  const stored = server.streams.log.at(1);
  expect([...(stored?.headers.keys() ?? [])]).not.toContain('Nats-Msg-Id');
  expect(JSON.parse(Buffer.from(stored?.data ?? []).toString())).toEqual({
    epoch: 1,
    nonce: 'nonce1',
    // In the body, since a header costs more than it says.
    id: 'nonce1-1',
  });
});

test('at the cap outcomes go before deadlines, deadlines before absences, and nothing is dropped (log rule 19)', async () => {
  const { unconfirmed, about, stored } = desk(1);
  const first = about('first');
  unconfirmed.send(first, 'absence');
  const sent = [
    [about('absence1'), 'absence'],
    [about('deadline1'), 'deadline'],
    [about('outcome1'), 'outcome'],
    [about('outcome2'), 'outcome'],
    [about('deadline2'), 'deadline'],
  ] as const;
  for (const [own, priority] of sent) unconfirmed.send(own, priority);
  await quiet();
  expect([stored(), unconfirmed.size]).toEqual([['first'], 6]);
  for (const id of [first.id, sent[2][0].id, sent[3][0].id, sent[1][0].id, sent[4][0].id]) {
    unconfirmed.confirm(id);
  }
  await quiet();
  expect(stored()).toEqual(['first', 'outcome1', 'outcome2', 'deadline1', 'deadline2', 'absence1']);
});

test('after a reconnect everything that was not read back is sent again, in order (log rule 19)', async () => {
  const made = desk();
  const own = ['c1', 'c2', 'c3'].map(made.about);
  made.losing = true;
  for (const message of own) made.unconfirmed.send(message, 'deadline');
  made.unconfirmed.confirm(own[1]?.id ?? '');
  await quiet();
  made.losing = false;
  made.unconfirmed.resendAll();
  await quiet();
  expect(made.stored()).toEqual(['c1', 'c3']);
});

test('what is only late is not sent twice: first the reader must pass what the log held (log rule 19)', async () => {
  const made = desk();
  made.unconfirmed.send(made.about('c1'), 'outcome');
  await quiet();
  made.clock.advance(5_000);
  await made.unconfirmed.check();
  expect(made.stored()).toEqual(['c1']);
});

test('what the reader has passed without seeing is appended again (log rule 19)', async () => {
  const made = desk();
  made.losing = true;
  made.unconfirmed.send(made.about('c1'), 'outcome');
  await quiet();
  made.clock.advance(500);
  await made.unconfirmed.check();
  expect(made.stored(), 'reading back takes a moment').toEqual([]);
  made.clock.advance(600);
  await made.unconfirmed.check();
  expect(made.stored()).toEqual(['c1']);
});

test('whoever waits is told when it is read back, and when the partition is lost', async () => {
  const { unconfirmed, about } = desk();
  const [kept, lost] = [about('c1'), about('c2')];
  const waits = [unconfirmed.sendAndWait(kept, 'outcome'), unconfirmed.sendAndWait(lost, 'outcome')];
  unconfirmed.confirm(kept.id);
  unconfirmed.confirm(kept.id);
  unconfirmed.abandon(new TypeError('lost'));
  const settled = await Promise.allSettled(waits);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(unconfirmed.size).toBe(0);
});
