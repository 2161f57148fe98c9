/** Ownership on a real server, with the renewal thread. */
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import { DEFAULT_TIMERS } from '../../src/contract/timers.ts';
import type { Effect } from '../../src/contract/effect.ts';
import type { NatsLog } from '../../src/log/nats/index.ts';
import { connectLog } from '../../src/log/nats/index.ts';
import { NodeSupervisor } from '../../src/supervisor/node-supervisor.ts';
import { RenewalThread } from '../../src/supervisor/renewal-thread.ts';
import { pinConfig } from '../../src/supervisor/stable-json.ts';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { eventually } from '../log/eventually.ts';
import { natsOptions, threadLog } from '../log/nats-under-test.ts';
import { toyFold } from './toy-fold.ts';

const TTL_MS = 1_500;
const cleanups: (() => Promise<unknown>)[] = [];
const failures: Error[] = [];
let nonces = 0;

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
  expect(failures.splice(0)).toEqual([]);
});

async function server(): Promise<RunningNatsServer> {
  const started = await startNatsServer({});
  cleanups.push(() => started.stop());
  return started;
}

interface RealNode {
  readonly node: NodeSupervisor;
  readonly log: NatsLog;
  readonly dispatched: Effect[];
}

async function startNode(url: string, nodeId: string): Promise<RealNode> {
  const log = await connectLog(natsOptions(url));
  const keeper = new RenewalThread({
    clock: systemClock,
    ...threadLog(url),
    onFailure: (error) => failures.push(error),
  });
  const dispatched: Effect[] = [];
  const timers = { ...DEFAULT_TIMERS, leaseTtlMs: TTL_MS, checkpointMs: 200 };
  const node = new NodeSupervisor({
    nodeId,
    log,
    keeper,
    clock: systemClock,
    fold: toyFold,
    drainMs: 500,
    config: pinConfig({
      timers,
      mode: 'own',
      functions: [],
      providers: [],
    }),
    newNonce: () => `nonce${process.pid}${(nonces += 1)}`,
    dispatcher: (owner) => ({
      dispatch: (effect) => {
        if (!owner.mayAct(effect)) return;
        dispatched.push(effect);
        owner.onSettled(effect, { result: 'done' });
      },
      withdraw: () => undefined,
      drain: () => Promise.resolve(),
      close: () => Promise.resolve(),
      stats: () => ({
        waiting: 0,
        inFlight: 0,
        silenced: 0,
      }),
    }),
  });
  node.start();
  cleanups.push(async () => {
    await node.close();
    await log.close();
  });
  return { node, log, dispatched };
}

async function publish(log: NatsLog, callId: string, type: string): Promise<void> {
  const data = type === 'call.started' ? { provider: 'toy', legs: {} } : {};
  const subject = `onhook.v1.evt.gw1.${callId}.${type}`;
  await log.append('log', { subject, data: Buffer.from(JSON.stringify(data)) });
}

test('a node owns, folds, acts and hands over on a real server (log rules 5 to 9, 12)', async () => {
  const { url } = await server();
  const a = await startNode(url, 'a');
  await eventually('a is live', () => a.node.stats().owned === 1);
  await publish(a.log, 'c1', 'call.started');
  await publish(a.log, 'c2', 'call.started');
  await publish(a.log, 'c1', 'end.requested');
  await eventually('c1 is over', () => a.node.calls().length === 1 && a.dispatched.length === 1);
  const b = await startNode(url, 'b');
  await a.node.close();
  await eventually('b is live', () => b.node.stats().owned === 1);
  expect(b.node.calls().map(({ callId }) => callId)).toEqual(['c2']);
  expect(b.dispatched).toEqual([]);
});

test('a node that stops without a word is replaced, and its calls are ended (log rule 7)', async () => {
  const { url } = await server();
  const a = await startNode(url, 'a');
  await eventually('a is live', () => a.node.stats().owned === 1);
  await publish(a.log, 'c1', 'call.started');
  const b = await startNode(url, 'b');
  await eventually('a checkpointed', () => a.node.stats().partitions[0]?.checkpointAt !== undefined);
  a.node.abort();
  await publish(b.log, 'c1', 'end.requested');
  await eventually('b hung up', () => b.dispatched.length === 1 && b.node.calls().length === 0);
});

test('an owner goes on after its server was killed and came back (log rules 16, 17 and 19)', async () => {
  const nats = await server();
  const a = await startNode(nats.url, 'a');
  await eventually('a is live', () => a.node.stats().owned === 1);
  await publish(a.log, 'c1', 'call.started');
  await eventually('c1 is known', () => a.node.calls().length === 1);
  await nats.kill('SIGKILL');
  await eventually('the connection is lost', () => !a.log.isConnected());
  await nats.restart();
  await eventually('a is connected again', () => a.log.isConnected());
  await publish(a.log, 'c1', 'end.requested');
  await eventually('c1 is over', () => a.node.calls().length === 0 && a.dispatched.length >= 1);
});
