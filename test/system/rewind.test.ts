/**
 * A backup of the whole store put back while nodes run on: log and checkpoints agree with each other, so
 * that only who had read what is gone can tell.
 */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Orchestrator } from './orchestrator.ts';
import { World } from './world.ts';

let world: World;

beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

interface Stats {
  readonly partitions: readonly { era: number; state: string; checkpointAt?: number }[];
  readonly alarms: readonly { code: string }[];
}

async function stats(node: Orchestrator): Promise<Stats> {
  return (await node.get('/api/stats')).body as unknown as Stats;
}

/** Copies the store of the stopped server. Returns how to put the copy back and start, after a kill. */
async function backup(): Promise<() => Promise<void>> {
  const [store, copy] = [join(world.nats.storeDir, 'jetstream'), join(world.nats.storeDir, 'backup')];
  await world.nats.kill('SIGTERM');
  await cp(store, copy, { recursive: true });
  await world.nats.restart();
  return async () => {
    await rm(store, { recursive: true });
    await cp(copy, store, { recursive: true });
    await world.nats.restart();
    await world.reconnected();
  };
}

test.each([
  ['the node that had followed', true],
  ['the owner itself', false],
])(
  '%s begins an era, alarms and asks for open lines; what it then asks of a gateway is not taken for older (log rules 30, 33)',
  async (_who, ownerDies) => {
    const owner = await world.serve();
    const [call, ended] = [world.startCall(), world.startCall()];
    await world.reaches(owner, ended, 'active');
    await world.until(
      'a checkpoint holds them',
      async () => (await stats(owner)).partitions[0]?.checkpointAt,
    );
    const putBack = await backup();
    await world.reconnected();
    const other = ownerDies ? await world.serve({ ONHOOK_NODE_ID: 'node-b' }) : owner;

    // All that is lost: many words, a mark that the gateway was asked for, the end of the other call.
    for (let i = 0; i < 200; i += 1) world.gateway.say(call, 'caller.spoke', { text: 'hm', final: true });
    world.gateway.echoes = false;
    world.gateway.say(call, 'end.requested', {});
    const lost = await world.until('a mark', () => world.gateway.command(call, 'mark'));
    await world.until('the follower has seen the owner renew since', async () => {
      const renewals = (await world.stored('ONHOOK_LOG')).filter(({ type }) => type === 'partition.renewed');
      return renewals.filter(({ seq }) => seq > Number(lost.body['seq'])).length > 2;
    });
    world.twilio.setStatus(ended, 'completed');
    if (ownerDies) await owner.kill();
    await world.nats.kill('SIGKILL');
    await putBack();

    await world.until('an era begins', async () => {
      const [partition] = (await stats(other)).partitions;
      return partition?.era === 1 && partition.state === 'live';
    });
    expect((await stats(other)).alarms.map(({ code }) => code)).toContain('log_rewound');
    expect(await world.record(ended)).toMatchObject({ endReason: 'caller_hangup', endedByBasis: 'inferred' });
    expect(world.hangups(ended)).toBe(0);
    expect(await other.stateOf(call)).toBe('active');
    const said = world.gateway.commands.length;
    world.gateway.say(call, 'end.requested', {});
    const again = await world.until('a mark again', () =>
      world.gateway.commands.slice(said).find(({ verb }) => verb === 'mark'),
    );
    expect([lost.body['era'], again.body['era']]).toEqual([0, 1]);
    expect(Number(again.body['seq'])).toBeLessThan(Number(lost.body['seq']));
    world.gateway.say(call, 'mark.echoed', { name: again.body['name'] });
    expect(await world.record(call)).toMatchObject({ endReason: 'agent_end_call', farewell: 'confirmed' });
    expect(world.hangups(call)).toBe(1);
  },
);
