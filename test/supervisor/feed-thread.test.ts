/** The live feed's thread on a real server: what leaves before it, from it, and when it is not there. */
import { afterEach, expect, test } from 'vitest';
import { connectLog } from '../../src/log/nats/index.ts';
import { FeedThread } from '../../src/supervisor/feed-thread.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { eventually } from '../log/eventually.ts';
import { natsOptions, threadLog } from '../log/nats-under-test.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

async function world({ change = {}, config = '', login = '' } = {}) {
  const server = await startNatsServer({ config });
  cleanups.push(() => server.stop());
  const log = await connectLog(natsOptions(server.url));
  cleanups.push(() => log.close());
  const failures: string[] = [];
  const heard: string[] = [];
  const refused: string[] = [];
  const feed = new FeedThread({
    log,
    ...threadLog(server.url.replace('//', `//${login}`)),
    ...change,
    onFailure: ({ message }) => failures.push(message),
    onRefused: (operation) => refused.push(operation),
  });
  cleanups.push(() => feed.close());
  const watcher = await connectLog(natsOptions(server.url));
  cleanups.push(() => watcher.close());
  watcher.connection.subscribe('onhook.v1.out.>', {
    callback: (_error, message) => void heard.push(`${message.subject} ${message.string()}`),
  });
  await watcher.flush();
  return { server, log, feed, failures, refused, heard };
}

const fact = (n: number): string => `onhook.v1.out.c1.state.changed {"at":1,"seq":${n},"to":"active"}`;
const facts = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => fact(from + index));

/** Until the loop's own connection is not needed any more. */
async function connected({ log, feed, heard }: Awaited<ReturnType<typeof world>>): Promise<void> {
  feed.start();
  const sentBefore = log.connection.stats().outMsgs;
  let told = 0;
  await eventually('the thread tells them', () => {
    const before = log.connection.stats().outMsgs;
    feed.sink(fact((told += 1)));
    return log.connection.stats().outMsgs === before;
  });
  await eventually('all are heard', () => heard.length === told);
  expect(log.connection.stats().outMsgs).toBe(sentBefore + told - 1);
  expect(heard.splice(0)).toEqual(facts(1, told));
}

test('facts leave in their order: from the loop until the thread is connected, then from the thread', async () => {
  const all = await world();
  const { feed, heard, failures } = all;
  feed.sink(facts(1, 2).join('\n'));
  await eventually('the loop told them', () => heard.length === 2);
  expect(heard.splice(0)).toEqual(facts(1, 2));
  await connected(all);
  feed.sink(facts(1, 3).join('\n'));
  await eventually('the thread told them', () => heard.length === 3);
  expect([heard, failures]).toEqual([facts(1, 3), []]);
});

test('what was told last leaves before the end', async () => {
  const all = await world();
  await connected(all);
  all.feed.sink(fact(1));
  await all.feed.close();
  await all.feed.close();
  await eventually('it was heard', () => all.heard.length === 1);
  expect(all.failures).toEqual([]);
});

test('an end does not wait for a server that is away, nor for a thread that never began', async () => {
  const all = await world();
  await connected(all);
  all.feed.sink(fact(1));
  await all.server.kill('SIGKILL');
  await all.feed.close();
  await all.server.restart();
  expect(all.failures).toEqual([]);
  await (await world()).feed.close();
});

test('a thread that cannot go on is reported once, and the loop does its work', async () => {
  const { feed, heard, failures } = await world({ change: { logModule: 'file:///no-log.ts' } });
  feed.start();
  await eventually('it is reported', () => failures.length === 1);
  feed.sink(fact(1));
  await eventually('the loop told it', () => heard.length === 1);
  expect(failures).toHaveLength(1);
});

test('a server that does not permit the feed is reported once: nobody waits for a fact, so nobody misses it', async () => {
  const deny = 'permissions: { publish: { deny: ["onhook.v1.out.>"] } }';
  const users = `{ user: thread, password: p, ${deny} }, { user: loop, password: p }`;
  const config = `authorization { users = [${users}] }\nno_auth_user: loop`;
  const all = await world({ config, login: 'thread:p@' });
  const { feed, heard, refused, failures } = all;
  feed.start();
  await eventually('the thread is refused', () => {
    feed.sink(fact(1));
    return refused.length > 0;
  });
  const before = heard.length;
  feed.sink(fact(2));
  await feed.close();
  expect([refused, failures, heard.slice(before)]).toEqual([['publish'], [], []]);
});
