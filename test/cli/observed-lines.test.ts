/** Without webhooks: lines of calls that are only watched are asked for on a real node, and nothing else is done. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CallRecord } from '../../src/contract/call-record.ts';
import { startNodeWorld } from './node-world.ts';
import type { NodeWorld, ServingNode } from './node-world.ts';

const [DOWN, UP] = ['a', 'b'].map((letter) => `CA${letter.repeat(32)}`) as [string, string];

let world: NodeWorld;
beforeAll(async () => {
  world = await startNodeWorld();
});
afterAll(() => world.stop());

interface Detail {
  readonly state: string;
  readonly record?: CallRecord;
}

async function detailOf(node: ServingNode, call: string): Promise<Detail> {
  return (await (await fetch(`${node.admin}/api/calls/${call}`)).json()) as Detail;
}

it('a watched call closes when its carrier says that the line is down; a line that is up is watched on (rule R9)', async () => {
  const node = await world.serve({
    ONHOOK_MODE: 'observe',
    ONHOOK_TIMERS_DRAIN_MS: '100',
    ONHOOK_TIMERS_TERMINATE_MS: '100',
  });
  for (const id of [DOWN, UP]) {
    world.startCall(id).publish('end.requested', { farewell: 'spoken' });
    await world.until('the call is over', async () => (await detailOf(node, id)).state === 'terminating');
  }
  // The gateway's own hangup, which no webhook tells of.
  world.stubTwilio.setStatus(DOWN, 'completed');
  const record = await world.until('the record', async () => (await detailOf(node, DOWN)).record);
  expect(record).toMatchObject({ endReason: 'agent_end_call', mode: 'observe' });
  expect(record.legs['carrier']).toMatchObject({ termination: 'confirmed_by_event', attempts: 0 });
  expect(record.endedAt).toBeDefined();
  expect((await detailOf(node, UP)).state).toBe('terminating');
  const asked = world.stubTwilio.requests().map(({ method, callSid }) => `${method} ${callSid ?? ''}`);
  expect(new Set(asked)).toEqual(new Set([`GET ${DOWN}`, `GET ${UP}`]));
});
