/** The query subjects on a real server: every node answers for its partitions, the asker gathers. */
import type { ConnectionOptions, NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { natsPeers, serveQueries } from '../../src/admin/query.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { ownershipKey } from '../../src/contract/subjects.ts';
import { INBOX_PREFIX } from '../../src/log/nats/index.ts';
import { memoryLog } from '../../src/log/memory/index.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { callDetail, encoded, TestView, world } from './world.ts';

/** A server whose only user may hear its own subjects and its own inbox. */
const ONE_INBOX = `authorization { users: [{ user: onhook, password: p, permissions {
  publish: ["onhook.v1.>", "_INBOX_onhook.>", "_INBOX.>"]
  subscribe: ["onhook.v1.>", "$SRV.>", "${INBOX_PREFIX}.>"]
} }] }`;

async function network(config = ''): Promise<(options?: ConnectionOptions) => Promise<NatsConnection>> {
  const server = await startNatsServer({ config });
  onTestFinished(() => server.stop());
  return async (options = {}) => {
    const connection = await connect({ servers: server.url, ...options });
    onTestFinished(() => connection.close());
    return connection;
  };
}

/** A node that answers, with one call. */
async function node(connection: NatsConnection, nodeId: string, live: number[], callId: string) {
  const view = new TestView(nodeId, live);
  view.add(callDetail(callId, { partition: live[0] ?? 0 }));
  const log = memoryLog(systemClock, { partitions: 2 });
  const stop = await serveQueries({ connection, view, log, clock: systemClock, version: '1.0.0' });
  return { view, log, stop };
}

describe('onhook.v1.query', () => {
  it('answers calls, call, dead-letters and stats for the partitions of the node', async () => {
    const dial = await network();
    const { log } = await node(await dial(), 'n1', [0], 'CA1');
    for (const partition of [0, 1]) {
      // Only ids that hash to the partition matter here.
      const key = ownershipKey(partition, 2).replace('_', 'x');
      await log.append('deadLetters', { subject: `onhook.v1.dead.leg.${key}`, data: encoded({}) });
    }
    await log.append('deadLetters', { subject: 'onhook.v1.dead.input.-', data: encoded({}) });
    const asker = await dial();
    const ask = async (name: string, body = ''): Promise<unknown> =>
      (await asker.request(`onhook.v1.query.${name}`, body, { timeout: 5_000 })).json();
    const own = { nodeId: 'n1', partitions: [0] };
    expect(await ask('calls')).toMatchObject({ ...own, data: [{ callId: 'CA1' }] });
    expect(await ask('calls', '{"state":"draining"}')).toMatchObject({ ...own, data: [] });
    expect(await ask('call', '{"callId":"CA1"}')).toMatchObject({
      ...own,
      data: { callId: 'CA1', effects: [] },
    });
    expect(await ask('call', '{"callId":"CA9"}')).toMatchObject({ ...own, data: null });
    expect(await ask('stats')).toMatchObject({ ...own, data: { openCalls: 1 } });
    const { data } = (await ask('dead-letters')) as { data: { kind: string }[] };
    expect(data.map(({ kind }) => kind)).toContain('input');
  });

  it('refuses what it does not understand with an error of the services protocol', async () => {
    const dial = await network();
    await node(await dial(), 'n1', [0], 'CA1');
    const asker = await dial();
    for (const body of ['{', '{"limit":0}']) {
      const answer = await asker.request('onhook.v1.query.calls', body, { timeout: 5_000 });
      expect(answer.headers?.get('Nats-Service-Error-Code')).toBe('400');
    }
  });

  it('lets one node list the calls of all', async () => {
    const dial = await network();
    await node(await dial(), 'n2', [1], 'CB1');
    const peers = natsPeers(await dial(), 'onhook.v1', systemClock, '_INBOX');
    const { view, get } = await world({ partitions: 2, peers });
    view.add(callDetail('CA1'));
    expect(await (await get('/api/calls')).json()).toMatchObject({
      calls: [{ callId: 'CA1' }, { callId: 'CB1' }],
      unanswered: [],
    });
    expect((await get('/api/calls/CB1')).status).toBe(200);
  });

  it('asks through the inbox of its own, where a user may use no other', async () => {
    const dial = await network(ONE_INBOX);
    await node(await dial({ user: 'onhook', pass: 'p' }), 'n2', [1], 'CB1');
    const asker = await dial({ user: 'onhook', pass: 'p', inboxPrefix: INBOX_PREFIX });
    const heard = async (inboxPrefix: string): Promise<string[]> => {
      const peers = natsPeers(asker, 'onhook.v1', systemClock, inboxPrefix);
      const answers = await peers.ask('calls', {}, (all) => all.length > 0);
      return answers.map(({ nodeId }) => nodeId);
    };
    expect(await heard(INBOX_PREFIX)).toEqual(['n2']);
    // The rule bites: the common inbox is refused to this user.
    await expect(heard('_INBOX')).rejects.toThrow(/permission/i);
  });

  it('names the partitions of a node that stopped answering', async () => {
    const dial = await network();
    const { stop } = await node(await dial(), 'n2', [1], 'CB1');
    await stop();
    const peers = natsPeers(await dial(), 'onhook.v1', systemClock, '_INBOX');
    const { get } = await world({ partitions: 2, peers });
    expect(await (await get('/api/calls')).json()).toMatchObject({ calls: [], unanswered: [1] });
  });
});
