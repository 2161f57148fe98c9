/** The caller speaks during the goodbye: what a gateway sees under `lock`, `listen` and `resume` (rule R5). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Orchestrator } from './orchestrator.ts';
import { World } from './world.ts';

let world: World;
let node: Orchestrator;

beforeAll(async () => {
  world = await World.open();
  node = await world.serve({ ONHOOK_TIMERS_LISTEN_QUIET_MS: '300', ONHOOK_TIMERS_LISTEN_MAX_MS: '900' });
  world.gateway.echoes = false;
});
afterAll(() => world.close());

/** A goodbye lies in the carrier's buffer; its mark is asked for and not back yet. */
async function sayingGoodbye(policy: object): Promise<string> {
  const call = world.startCall({ policy, capabilities: { endCancelled: true } });
  world.gateway.say(call, 'end.requested', { farewell: 'spoken', toolCallId: 'call_1' });
  await world.until('the mark is asked for', () => world.gateway.command(call, 'mark') !== undefined);
  return call;
}

function echo(call: string): void {
  const marks = world.gateway.commands.filter(({ callId, verb }) => callId === call && verb === 'mark');
  world.gateway.say(call, 'mark.echoed', { name: marks.at(-1)?.body['name'] });
}

const speaks = (call: string, text: string, final = true): void =>
  world.gateway.say(call, 'caller.spoke', { text, final });

/** When each of the record's causes and steps came, relative to the first of them. */
async function hungUpAfterEchoMs(call: string): Promise<number> {
  const { timeline } = await world.record(call);
  const echoedAt = (await world.logOf(call)).find(({ type }) => type === 'mark.echoed');
  expect(echoedAt).toBeDefined();
  const draining = timeline.find(({ to }) => to === 'draining')?.at ?? 0;
  const terminating = timeline.find(({ to }) => to === 'terminating')?.at ?? 0;
  return terminating - draining;
}

describe('lock', () => {
  it('hears nothing: the goodbye is played to its end (row 9)', async () => {
    const call = await sayingGoodbye({ bargeIn: 'lock' });
    speaks(call, 'wait, one more question');
    echo(call);
    expect(await world.record(call)).toMatchObject({ farewell: 'confirmed', endReason: 'agent_end_call' });
    expect(world.gateway.verbs(call)).not.toContain('end-cancelled');
  });
});

describe('listen', () => {
  it('ends the call all the same, once the caller was quiet (row 11)', async () => {
    const call = await sayingGoodbye({ bargeIn: 'listen' });
    speaks(call, 'and tell your colleague');
    echo(call);
    expect(await hungUpAfterEchoMs(call)).toBeGreaterThanOrEqual(300);
    expect(await world.record(call)).toMatchObject({ farewell: 'confirmed', endReason: 'agent_end_call' });
  });

  it('has a patience with an end (row 11)', async () => {
    const call = await sayingGoodbye({ bargeIn: 'listen' });
    speaks(call, 'well', false);
    echo(call);
    // The caller never stops; each word alone would have the hangup wait.
    await world.until('the line is down', () => {
      speaks(call, 'and', false);
      return world.hangups(call) === 1;
    });
    expect(await world.record(call)).toMatchObject({ endReason: 'agent_end_call' });
  });
});

describe('resume', () => {
  it('leaves a goodbye alone that is only acknowledged (row 13)', async () => {
    const call = await sayingGoodbye({ bargeIn: 'resume' });
    speaks(call, "no, that's all, thank you, bye");
    echo(call);
    expect(await world.record(call)).toMatchObject({ farewell: 'confirmed', endReason: 'agent_end_call' });
    expect(world.gateway.verbs(call)).not.toContain('clear');
  });

  it('drops the goodbye, tells the model by the id of its tool call, and goes on (row 12)', async () => {
    const call = await sayingGoodbye({ bargeIn: 'resume' });
    speaks(call, 'wait, one more question');
    await world.reaches(node, call, 'active');
    await world.until('the model is told', () => world.gateway.command(call, 'end-cancelled') !== undefined);
    expect(world.gateway.command(call, 'end-cancelled')?.body).toMatchObject({
      attempt: 1,
      toolCallId: 'call_1',
    });
    expect(world.gateway.verbs(call)).toContain('clear');
    expect(world.hangups(call)).toBe(0);
    world.gateway.say(call, 'end.requested', { farewell: 'none' });
    const { endAttempts } = await world.record(call);
    expect(endAttempts.map(({ outcome }) => outcome)).toEqual(['cancelled', 'accepted']);
  });

  it('stops listening after so many times (row 14)', async () => {
    const call = await sayingGoodbye({ bargeIn: 'resume', bargeInMax: 1 });
    speaks(call, 'wait, one more question');
    await world.reaches(node, call, 'active');
    world.gateway.say(call, 'end.requested', { farewell: 'spoken' });
    await world.reaches(node, call, 'draining');
    speaks(call, 'wait, and another one');
    await world.until(
      'the second mark',
      () => world.gateway.verbs(call).filter((verb) => verb === 'mark').length === 2,
    );
    echo(call);
    expect(await world.record(call)).toMatchObject({ farewell: 'confirmed', endReason: 'agent_end_call' });
    expect(world.gateway.verbs(call).filter((verb) => verb === 'end-cancelled')).toHaveLength(1);
  });
});
