/** Post-call work that was given up, on a real node: counted, tried again, discarded; and a call erased. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectLog } from '../../src/log/nats/index.ts';
import { natsOptions } from '../log/nats-under-test.ts';
import { startNodeWorld } from './node-world.ts';
import type { NodeWorld, ServingNode } from './node-world.ts';

const SIDS = ['CA0000000000000000000000000000000a', 'CA0000000000000000000000000000000b'] as const;
const RUNNING = 'CA0000000000000000000000000000000c';

/** Fails for good until the file beside it says that the CRM is up. */
const CRM = `
import { existsSync } from 'node:fs';
export const crm = {
  name: 'crm',
  version: 1,
  retry: { maxAttempts: 1 },
  run({ idempotencyKey }) {
    if (!existsSync(new URL('./up', import.meta.url))) throw new Error('the CRM is down');
    return { output: { idempotencyKey } };
  },
};
`;

let world: NodeWorld;
let folder: string;
beforeEach(async () => {
  world = await startNodeWorld();
  folder = await mkdtemp(join(tmpdir(), 'onhook-dlq-'));
});
afterEach(async () => {
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Record {
  readonly recordVersion: number;
  readonly endFunctions: readonly {
    readonly status: string;
    readonly reason?: string;
    readonly output?: object;
  }[];
}

async function ask<T>(node: ServingNode, path: string): Promise<T> {
  return (await (await fetch(node.admin + path)).json()) as T;
}

async function recordOf(node: ServingNode, sid: string): Promise<Record | undefined> {
  return (await ask<{ record?: Record }>(node, `/api/calls/${sid}`)).record;
}

async function letters(node: ServingNode): Promise<number> {
  return (await ask<{ deadLetters: unknown[] }>(node, '/api/dead-letters')).deadLetters.length;
}

it('dead letters are counted, tried again or discarded; a closed call is erased (log rule 37)', async () => {
  await writeFile(join(folder, 'crm.mjs'), CRM);
  const node = await world.serve({ ONHOOK_END_FUNCTIONS: join(folder, 'crm.mjs') });
  for (const sid of SIDS) world.startCall(sid).publish('end.requested', { farewell: 'none' });
  const log = await connectLog(natsOptions(world.server.url));
  await log.append('log', { subject: 'onhook.v1.evt.gw1.CA1.mark.echoed', data: Buffer.from('no JSON') });
  await log.close();
  await world.until('both letters, and one of the input', async () => (await letters(node)) === 3);
  expect((await node.run('dlq', 'redrive', '--function', 'mail')).stdout).toBe('0 dead letters match\n');
  expect((await node.run('dlq', 'redrive')).code).toBe(2);
  const counted = await node.run('dlq', 'discard', '--call', SIDS[1]);
  expect(counted.stdout).toContain('1 dead letter match; the same with --yes');

  const refused = await node.run('calls', 'erase', SIDS[0]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('onhook dlq discard')]);
  const discarded = await node.run('dlq', 'discard', '--call', SIDS[1], '--yes', '--note', 'by hand');
  expect(discarded.stdout).toContain('1 dead letter discarded');
  await writeFile(join(folder, 'up'), '');
  const all = await node.run('dlq', 'redrive', '--all', '--yes');
  expect([all.code, all.stdout]).toEqual([0, expect.stringMatching(/^1 dead letter tried again/)]);

  const redriven = await world.until('the redrive', async () => {
    const record = await recordOf(node, SIDS[0]);
    return record?.recordVersion === 2 && record;
  });
  expect(redriven.endFunctions).toMatchObject([
    { status: 'succeeded', output: { idempotencyKey: expect.any(String) as string } },
  ]);
  const given = await recordOf(node, SIDS[1]);
  expect(given?.endFunctions).toMatchObject([{ status: 'dead_lettered', reason: 'discarded: by hand' }]);
  await world.until('only the input left', async () => (await letters(node)) === 1);
  expect((await node.run('dlq', 'discard', '--kind', 'input', '--yes')).code).toBe(0);
  await world.until('no letter left', async () => (await letters(node)) === 0);

  world.startCall(RUNNING);
  await world.until('the running call', async () => {
    return (await ask<{ state?: string }>(node, `/api/calls/${RUNNING}`)).state === 'active';
  });
  const running = await node.run('calls', 'erase', RUNNING);
  expect([running.code, running.stderr]).toEqual([1, expect.stringContaining('onhook calls end or kill')]);
  // Not before a checkpoint holds its end.
  const erased = await world.until('the erasure', async () => {
    const { code, stdout } = await node.run('calls', 'erase', SIDS[0], '--json');
    return code === 0 && (JSON.parse(stdout) as { messages: number; records: number });
  });
  expect(erased).toMatchObject({ records: 2, deadLetters: 0 });
  expect(erased.messages).toBeGreaterThan(5);
  expect(await recordOf(node, SIDS[0])).toBeUndefined();
}, 60_000);
