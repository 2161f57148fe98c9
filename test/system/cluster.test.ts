/** Everything kept three times: what a call notices of the death of the server that leads. */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterEach, describe, expect, test } from 'vitest';
import { Cluster } from './cluster.ts';
import type { Orchestrator } from './orchestrator.ts';
import { PREFIX } from './plain-gateway.ts';
import { World } from './world.ts';

const CURRENT = process.env['ONHOOK_NATS_SERVER_CURRENT'];
if (CURRENT === undefined) {
  process.stderr.write('ONHOOK_NATS_SERVER_CURRENT is not set: one leader is killed, on one NATS version\n');
}
const BINARIES: readonly (readonly [version: string, binary: string | undefined])[] = [
  ['the installed nats-server', undefined],
  ...(CURRENT === undefined ? [] : [['a current nats-server', CURRENT] as const]),
];

let cluster: Cluster;
let world: World;

afterEach(async () => {
  await world.close();
  await cluster.stop();
});

/** As a gateway does that wants to know whether it was kept. */
async function tell(callId: string, type: string, data: object): Promise<void> {
  const id = `${callId}-${type}-${JSON.stringify(data)}`;
  await world.until(`${type} is kept`, () =>
    jetstream(world.connection, { timeout: 1_000 })
      .publish(`${PREFIX}.evt.gw1.${callId}.${type}`, JSON.stringify(data), { msgID: id })
      .then(
        () => true,
        () => false,
      ),
  );
}

/** Who orders the messages of the log. */
async function leaderOf(stream: string): Promise<string> {
  const manager = await jetstreamManager(world.connection, { checkAPI: false });
  const leader = (): Promise<string | undefined> =>
    manager.streams.info(stream).then(
      ({ cluster: told }) => told?.leader,
      () => undefined,
    );
  return world.until(`${stream} has a leader`, leader);
}

/** A call that waits for its mark while `name` is killed, and then ends. */
async function endThrough(node: Orchestrator, name: string): Promise<void> {
  const call = world.newCallId();
  world.twilio.addCall({ sid: call });
  await tell(call, 'call.started', { provider: 'twilio', legs: { carrier: { callSid: call } } });
  await tell(call, 'end.requested', {});
  const mark = await world.until('a mark is asked for', () => world.gateway.command(call, 'mark'));
  await cluster.server(name).kill('SIGKILL');
  await world.reconnected();
  await tell(call, 'mark.echoed', { name: mark.body['name'] });
  expect(await world.record(call)).toMatchObject({ endReason: 'agent_end_call', farewell: 'confirmed' });
  await world.reaches(node, call, 'closed');
  expect(world.hangups(call)).toBe(1);
  expect(await world.records(call)).toHaveLength(1);
  expect(world.gateway.verbs(call).filter((verb) => verb === 'mark')).toHaveLength(1);
}

describe.each(BINARIES)('on three replicas of %s', (_version, binary) => {
  test('a call ends properly, and once, when the leader of the log is killed, then that of the cluster', async () => {
    cluster = await Cluster.start(binary);
    world = await World.open({}, cluster.servers);
    world.gateway.echoes = false;
    const node = await world.serve({ ONHOOK_RETENTION_REPLICAS: '3' });
    const first = await leaderOf('ONHOOK_LOG');
    await endThrough(node, first);
    // Elections take most of the time: the second one only where time is given.
    if (CURRENT !== undefined) {
      await cluster.server(first).restart();
      const meta = await world.until('a server leads the cluster', () => cluster.metaLeader());
      await endThrough(node, meta);
    }
    // A server that has just been elected may be behind for a moment: that is no rewind (log rule 30).
    const { body } = await node.get('/api/stats');
    expect(body['partitions']).toMatchObject([{ era: 0, state: 'live' }]);
    expect((body['alarms'] as { code: string }[]).map(({ code }) => code)).not.toContain('log_rewound');
  });
});
