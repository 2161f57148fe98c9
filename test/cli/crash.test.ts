/** Nodes that die without a word, and a NATS that does: the calls end all the same, and once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNodeWorld } from './node-world.ts';
import type { NodeWorld, ServingNode } from './node-world.ts';

const SID = 'CA0123456789abcdef0123456789abcdef';
const BOUND_MS = 90_000;
/** Long enough to kill a node in. */
const DRAIN = { timers: { drainMs: 5_000 } };

let world: NodeWorld;
beforeEach(async () => {
  world = await startNodeWorld();
});
afterEach(() => world.stop());

async function reached(node: ServingNode, state: string): Promise<void> {
  await world.until(state, async () =>
    (await node.run('calls', 'ls', '--state', state)).stdout.includes(SID),
  );
}

function hangups(): number {
  return world.stubTwilio.requests().filter(({ method, callSid }) => method === 'POST' && callSid === SID)
    .length;
}

async function recordOf(node: ServingNode): Promise<Record<string, unknown>> {
  return world.until('the record', async () => {
    const { code, stdout } = await node.run('calls', 'show', SID, '--json');
    return code === 0 && (JSON.parse(stdout) as { record?: Record<string, unknown> }).record;
  });
}

describe('a node that is killed while a farewell drains', () => {
  it('goes on after its restart, where it was: one hangup, one record', { timeout: BOUND_MS }, async () => {
    const first = await world.serve();
    world.startCall(SID, DRAIN).publish('end.requested', { farewell: 'spoken' });
    await reached(first, 'draining');
    first.running.child.kill('SIGKILL');
    await first.running.ended;
    expect(hangups()).toBe(0);

    const second = await world.serve();
    expect(await recordOf(second)).toMatchObject({
      endReason: 'agent_end_call',
      farewell: 'unconfirmed',
      recordVersion: 1,
    });
    expect(hangups()).toBe(1);
  });

  it('is followed by another node, once its lease has run out', { timeout: BOUND_MS }, async () => {
    const first = await world.serve({ ONHOOK_NODE_ID: 'first' });
    const second = await world.serve({ ONHOOK_NODE_ID: 'second' });
    world.startCall(SID, DRAIN).publish('end.requested', { farewell: 'spoken' });
    await reached(first, 'draining');
    first.running.child.kill('SIGKILL');
    expect(await recordOf(second)).toMatchObject({ endReason: 'agent_end_call', farewell: 'unconfirmed' });
    expect(hangups()).toBe(1);
  });
});

describe('a NATS that is killed and comes back', () => {
  it('costs a call nothing but time', { timeout: BOUND_MS }, async () => {
    const node = await world.serve();
    const call = world.startCall(SID, DRAIN);
    await reached(node, 'active');
    await world.server.restart();
    call.publish('end.requested', { farewell: 'none' });
    expect(await recordOf(node)).toMatchObject({ endReason: 'agent_end_call', farewell: 'none_needed' });
    expect(world.stubTwilio.calls.get(SID)?.status).toBe('completed');
  });
});
