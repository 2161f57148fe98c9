/** One inbox for all answers: whoever asked gets its own, once, or is told why there is none. */
import type { NatsConnection } from '@nats-io/transport-node';
import { connect, errors } from '@nats-io/transport-node';
import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { ReplyInbox } from '../../src/nats/reply-inbox.ts';
import type { Reply } from '../../src/nats/reply-inbox.ts';
import { Turn } from '../../src/nats/turn.ts';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface World {
  readonly connection: NatsConnection;
  readonly clock: ManualClock;
  readonly inbox: ReplyInbox;
  ask(subject: string, timeoutMs?: number): Promise<string>;
}

const told = (reply: Reply): string => {
  if (typeof reply === 'string') return reply;
  return reply instanceof Error ? reply.name : reply.string();
};

async function start(options: { config?: string; user?: string } = {}): Promise<World> {
  const server: RunningNatsServer = await startNatsServer({ config: options.config ?? '' });
  closing.push(() => server.stop());
  const login = options.user === undefined ? {} : { user: options.user, pass: 'p' };
  const connection = await connect({ servers: server.url, ...login });
  closing.push(() => connection.close());
  const clock = new ManualClock();
  const inbox = new ReplyInbox(connection, clock, new Turn(), '_INBOX_ours');
  return {
    connection,
    clock,
    inbox,
    ask: async (subject, timeoutMs = 1_000) =>
      told(await inbox.request({ subject, data: subject, timeoutMs })),
  };
}

test('each answer goes to its own request, in whatever order they come, also where places are used again', async () => {
  const { connection, ask } = await start();
  const held: (() => void)[] = [];
  connection.subscribe('echo.*', {
    callback: (_error, message) => {
      held.push(() => void message.respond(`to ${message.string()}`));
      if (held.length % 10 === 0) for (const respond of held.splice(0).reverse()) respond();
    },
  });
  await connection.flush();
  for (let round = 0; round < 5; round += 1) {
    const subjects = Array.from({ length: 30 }, (_, i) => `echo.${round}-${i}`);
    const answers = await Promise.all(subjects.map((subject) => ask(subject)));
    expect(answers).toEqual(subjects.map((subject) => `to ${subject}`));
  }
});

test('each waits its own time, by one timer, which is gone with the last of them', async () => {
  const { connection, clock, ask } = await start();
  connection.subscribe('silent', { callback: () => undefined });
  const ended: string[] = [];
  const waitFor = async (name: string, timeoutMs: number): Promise<void> => {
    ended.push(`${name} ${await ask('silent', timeoutMs)}`);
  };
  const all = [waitFor('long', 300), waitFor('short', 100), waitFor('middle', 200)];
  await connection.flush();
  clock.advance(100);
  await all[1];
  expect([ended, clock.nextDue()]).toEqual([['short unanswered'], 200]);
  clock.advance(199);
  await all[2];
  expect([ended.length, clock.nextDue()]).toEqual([2, 300]);
  clock.advance(1);
  await Promise.all(all);
  expect(ended.at(-1)).toBe('long unanswered');
  expect(clock.nextDue()).toBeUndefined();
});

test('an answered request leaves no timer behind', async () => {
  const { connection, clock, ask } = await start();
  connection.subscribe('echo', { callback: (_error, message) => void message.respond('yes') });
  await connection.flush();
  expect(await ask('echo')).toBe('yes');
  expect(clock.nextDue()).toBeUndefined();
});

test('a late answer is dropped, though its place is used again', async () => {
  const { connection, clock, ask } = await start();
  const late: (() => void)[] = [];
  connection.subscribe('slow', {
    callback: (_error, message) => void late.push(() => void message.respond('late')),
  });
  connection.subscribe('quick', {
    callback: (_error, message) => {
      for (const respond of late) respond();
      message.respond('quick');
    },
  });
  await connection.flush();
  const slow = ask('slow', 100);
  await new Promise((resolve) => setImmediate(resolve));
  await connection.flush();
  clock.advance(100);
  expect(await slow).toBe('unanswered');
  expect(late.length).toBe(1);
  expect(await ask('quick')).toBe('quick');
});

test('what ran out of time within its turn is not sent any more', async () => {
  const { connection, clock, ask } = await start();
  const heard: string[] = [];
  connection.subscribe('echo', { callback: (_error, message) => void heard.push(message.string()) });
  const asked = ask('echo', 5);
  clock.advance(5);
  expect(await asked).toBe('unanswered');
  await new Promise((resolve) => setImmediate(resolve));
  await connection.flush();
  expect(heard).toEqual([]);
});

test('nobody subscribes, the message is too large, the connection is closed', async () => {
  const { connection, inbox, ask } = await start();
  expect(await ask('nobody')).toBe('no-responder');
  const large = { subject: 'nobody', data: new Uint8Array(2 * 1024 * 1024), timeoutMs: 1_000 };
  expect(told(await inbox.request(large))).toBe('InvalidArgumentError');
  connection.subscribe('silent', { callback: () => undefined });
  const waiting = ask('silent');
  await connection.close();
  expect(await waiting).toBe('ClosedConnectionError');
  expect(await ask('silent')).toBe('ClosedConnectionError');
});

test('an inbox that may not be subscribed to ends what waits, every time', async () => {
  const config =
    'authorization { users: [ { user: o, password: p, permissions: { subscribe: { deny: "_INBOX_ours.>" } } } ] }';
  const { connection, ask } = await start({ config, user: 'o' });
  connection.subscribe('silent', { callback: () => undefined });
  for (let i = 0; i < 2; i += 1) expect(await ask('silent')).toBe('PermissionViolationError');
});

test('a refusal of the server ends one request to its subject, and no other', async () => {
  const { connection, inbox, clock, ask } = await start();
  connection.subscribe('silent.*', { callback: () => undefined });
  const [first, second, other] = [ask('silent.a'), ask('silent.a'), ask('silent.b')];
  inbox.refused('silent.a', new errors.RequestError('no'));
  inbox.refused('silent.c', new errors.RequestError('no'));
  clock.advance(1_000);
  expect(await Promise.all([first, second, other])).toEqual(['RequestError', 'unanswered', 'unanswered']);
});
