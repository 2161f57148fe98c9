/** What leaves from the background thread, on a real server: feed and register, and when the thread is not there. */
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import { carrierKey, MISSED_WEBHOOK, readLegEntry } from '../../src/contract/leg-entry.ts';
import type { LegEntry } from '../../src/contract/leg-entry.ts';
import { connectLog } from '../../src/log/nats/index.ts';
import { BackgroundWriter } from '../../src/supervisor/background-writer.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { eventually } from '../log/eventually.ts';
import { natsOptions } from '../log/nats-under-test.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

const entry = (callId: string): LegEntry => ({ callId, gateway: 'gw1', leg: 'carrier' });

async function world(module = './thread-log.ts') {
  const server = await startNatsServer({});
  cleanups.push(() => server.stop());
  const log = await connectLog(natsOptions(server.url));
  cleanups.push(() => log.close());
  const [failures, missed, heard]: [string[], string[], string[]] = [[], [], []];
  const writer = new BackgroundWriter({
    log,
    clock: systemClock,
    logModule: new URL(module, import.meta.url).href,
    logOptions: server.url,
    onFailure: ({ message }) => failures.push(message),
  });
  cleanups.push(() => writer.close());
  writer.onMissed = ({ callId }) => missed.push(callId);
  log.connection.subscribe('onhook.v1.out.>', {
    callback: (_error, message) => void heard.push(`${message.subject} ${message.string()}`),
  });
  await log.flush();
  const callOf = async (sid: string): Promise<string | undefined> => {
    const found = await log.bucket('legs').get(carrierKey(sid));
    return found && readLegEntry(found.value)?.callId;
  };
  return { server, log, writer, failures, missed, heard, callOf };
}

const fact = (callId: string, n: number): string =>
  `onhook.v1.out.${callId}.state.changed {"at":1,"seq":${n},"to":"active"}`;

test('facts leave in their order and legs are written, before the thread runs and after', async () => {
  const { writer, heard, callOf, failures } = await world();
  writer.facts([fact('c1', 1), fact('c1', 2)].join('\n'));
  writer.write([[carrierKey('CA1'), entry('c1')]]);
  await eventually('the loop told them', () => heard.length === 2);
  writer.start();
  writer.facts([fact('c2', 3), fact('c2', 4)].join('\n'));
  writer.write([[carrierKey('CA2'), entry('c2')]]);
  await eventually('the thread told them', () => heard.length === 4);
  expect(heard).toEqual([fact('c1', 1), fact('c1', 2), fact('c2', 3), fact('c2', 4)]);
  writer.write([[carrierKey('CA3'), entry('c3')]]);
  await expect.poll(() => callOf('CA3')).toBe('c3');
  expect([await callOf('CA1'), await callOf('CA2'), failures]).toEqual(['c1', 'c2', []]);
});

test('a leg whose webhook came too early is told of, from the thread too', async () => {
  const { log, writer, missed, callOf } = await world();
  await log.bucket('legs').put(carrierKey('CA1'), MISSED_WEBHOOK);
  writer.start();
  writer.write([[carrierKey('CA1'), entry('c1')]]);
  await eventually('it is told of', () => missed.length === 1);
  expect([missed, await callOf('CA1')]).toEqual([['c1'], 'c1']);
});

test('what was told last leaves before the end', async () => {
  const { writer, heard } = await world();
  writer.start();
  writer.facts(fact('c1', 1));
  await writer.close();
  await writer.close();
  await eventually('it was heard', () => heard.length === 1);
});

test('an end does not wait for a server that is away', async () => {
  const { server, writer, failures } = await world();
  writer.start();
  writer.facts(fact('c1', 1));
  await server.kill('SIGKILL');
  await writer.close();
  await server.restart();
  expect(failures).toEqual([]);
});

test('a thread that cannot go on is reported once, and the loop does its work', async () => {
  const { writer, heard, callOf, failures } = await world('./no-log.ts');
  writer.start();
  await eventually('it is reported', () => failures.length === 1);
  writer.facts(fact('c1', 1));
  writer.write([[carrierKey('CA1'), entry('c1')]]);
  await eventually('the loop told it', () => heard.length === 1);
  await expect.poll(() => callOf('CA1')).toBe('c1');
  expect(failures).toHaveLength(1);
});
