/** LiveKit's real session, tools and job with onhook beside them: what is told, what is obeyed, and the way out. */
import { beta, llm } from '@livekit/agents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../gateway/world.ts';
import { attachAgentSession, JobRequired } from '../../src/livekit-agents/index.ts';
import { agency, closeLog, openLog } from './world.ts';

beforeAll(openLog);
afterAll(closeLog);

function toolOf({ tools: [tool] }: llm.Toolset): llm.FunctionTool {
  if (tool === undefined || !llm.isFunctionTool(tool)) throw new TypeError('no function tool');
  return tool;
}

describe('in own mode', () => {
  it('tells the call, its room and what the session can do', async () => {
    const { until: untilStored, events } = await agency({
      direction: 'inbound',
      endCall: { deleteRoom: false },
    });
    await untilStored('call.started');
    const [started] = await events();
    expect(started?.data).toMatchObject({
      provider: 'livekit',
      direction: 'inbound',
      legs: { room: { name: 'support-17', sid: 'RM_1' } },
      capabilities: { marks: true, farewell: true, farewellEvents: true, say: false },
      policy: { mode: 'own', deleteRoom: false },
    });
  });

  it("has the tool of LiveKit's createEndCallTool: id, name, description, parameters that may be left out", async () => {
    const { endCallTool } = await agency({ endCall: { extraDescription: 'Not while a form is open.' } });
    const theirs = toolOf(beta.createEndCallTool({ extraDescription: 'Not while a form is open.' }));
    const ours = toolOf(endCallTool);
    expect(endCallTool.id).toBe('end_call');
    expect([ours.name, ours.description]).toEqual([theirs.name, theirs.description]);
    expect(ours.flags).toBe(theirs.flags);
    expect(toolOf((await agency({ endCall: { ignoreOnEnter: true } })).endCallTool).flags).toBe(
      toolOf(beta.createEndCallTool({ ignoreOnEnter: true })).flags,
    );
  });

  it('asks onhook, speaks the goodbye, tells its start and end, and leaves session and room to onhook', async () => {
    const {
      say,
      items,
      until: untilStored,
      events,
      shutdowns,
      liveKit,
    } = await agency({ answers: 'end-accepted' });
    await say('bye');
    const types = await untilStored('farewell.finished');
    expect(types.filter((type) => type === 'end.requested' || type === 'farewell.finished')).toEqual([
      'end.requested',
      'farewell.finished',
    ]);
    expect(items).toEqual(['user: bye', 'assistant: Goodbye!']);
    const stored = await events();
    expect(stored.find(({ type }) => type === 'end.requested')?.data).toEqual({
      by: 'agent',
      farewell: 'reply',
      toolCallId: 'fake_call_0',
    });
    expect(stored.find(({ type }) => type === 'farewell.finished')?.data).toMatchObject({
      interrupted: false,
    });
    expect([shutdowns, liveKit.rooms.has('support-17')]).toEqual([[], true]);
  });

  it('lets a refusal reach the model, and goes on', async () => {
    const model = new (await import('@livekit/agents')).voice.testing.FakeLLM([
      { input: 'bye', toolCalls: [{ name: 'end_call', args: {} }] },
      {
        input: '"The call was not ended: A transfer rings. Go on with the conversation."',
        content: 'One moment, I connect you.',
      },
    ]);
    const { say, items, events } = await agency({ answers: 'end-refused', model });
    await say('bye');
    expect(items.at(-1)).toBe('assistant: One moment, I connect you.');
    expect((await events()).some(({ type }) => type.startsWith('farewell.'))).toBe(false);
  });

  it('asks a guard before anything is published (field rule 17)', async () => {
    const { say, events } = await agency({ endCall: { guard: () => 'A question is open.' } });
    await say('bye');
    expect((await events()).map(({ type }) => type)).not.toContain('end.requested');
  });

  it("ends the call as LiveKit's own tool does when onhook does not answer: the job deletes the room", async () => {
    const { say, shutdowns, liveKit, endJob } = await agency({ endCall: { ackTimeoutMs: 50 } });
    await say('bye');
    await until('the job is shut down', () => shutdowns.length > 0);
    await endJob();
    expect(shutdowns).toEqual(['user_initiated']);
    expect(liveKit.rooms.has('support-17')).toBe(false);
  });

  it('keeps the room then, when it is to be kept', async () => {
    const { say, shutdowns, liveKit, endJob } = await agency({
      endCall: { ackTimeoutMs: 50, deleteRoom: false },
    });
    await say('bye');
    await until('the job is shut down', () => shutdowns.length > 0);
    await endJob();
    expect(liveKit.rooms.has('support-17')).toBe(true);
  });

  it('runs the callbacks of the tool around it', async () => {
    const order: string[] = [];
    const { say } = await agency({
      answers: 'end-accepted',
      endCall: {
        onToolCalled: ({ ctx }) => void order.push(`called ${ctx.functionCall.name}`),
        onToolCompleted: ({ output }) => void order.push(`completed ${JSON.stringify(output)}`),
      },
    });
    await say('bye');
    expect(order).toEqual([
      'called end_call',
      'completed {"type":"output","value":"say goodbye to the user"}',
    ]);
  });

  it('echoes a mark when all that plays is done, and asks the model for a goodbye when told', async () => {
    const { command, until: untilStored, items, events } = await agency();
    expect(
      await command('farewell', { attempt: 1, utteranceId: 'onhook-1', instructions: 'end' }),
    ).toMatchObject({ result: 'done' });
    await command('mark', { name: 'onhook-1-1' });
    await untilStored('mark.echoed');
    const told = (await events()).slice(-2);
    expect(told.map(({ type }) => type)).toEqual(['farewell.finished', 'mark.echoed']);
    expect(told[0]?.data).toMatchObject({ utteranceId: 'onhook-1' });
    expect(items).toEqual([]);
  });

  it('refuses to speak a text without a voice, so that onhook does not wait for it', async () => {
    const { command } = await agency();
    const answer = await command('say', { text: 'Goodbye.', utteranceId: 'onhook-1' });
    expect(JSON.stringify(answer)).toContain('no_tts');
  });

  it('does not echo a mark after a cut, and says that playback was cleared (field rule 16)', async () => {
    const { session, command, until: untilStored, events } = await agency({ model: new Slow() });
    const speech = session.generateReply({ userInput: 'tell me everything' });
    await command('mark', { name: 'onhook-1-1' });
    speech.interrupt(true);
    await untilStored('playback.cleared');
    expect((await events()).map(({ type }) => type)).not.toContain('mark.echoed');
  });

  it('tells the model that the call goes on (field rule 14)', async () => {
    const { session, command } = await agency();
    await command('end-cancelled', { attempt: 1 });
    const [note] = session.currentAgent.chatCtx.items.slice(-1);
    expect(note?.type === 'message' && note.textContent).toMatch(/^The call was not ended/);
  });

  it('closes session and job when onhook says so, which is no news to onhook', async () => {
    const { command, shutdowns, session, events } = await agency();
    const closed = new Promise((resolve) => session.once('close' as never, resolve as never));
    await command('close', { reason: 'agent_end_call' });
    await closed;
    expect(shutdowns).toEqual(['agent_end_call']);
    expect((await events()).map(({ type }) => type)).not.toContain('call.ended');
  });

  it('tells of a session that the job ends by itself', async () => {
    const { session, until: untilStored } = await agency();
    session.shutdown();
    expect(await untilStored('call.ended')).toContain('call.ended');
  });

  it('asks for the end of a line that a closing worker leaves behind (row 59)', async () => {
    const { session, until: untilStored, events } = await agency();
    session.shutdown({ drain: false, reason: 'job_shutdown' });
    await untilStored('end.requested');
    const end = (await events()).find(({ type }) => type === 'end.requested');
    expect(end?.data).toMatchObject({ by: 'worker_shutdown', farewell: 'none' });
  });
});

describe.each(['observe', 'backstop'] as const)('in %s mode', (mode) => {
  it("leaves the ending to LiveKit's own tool, and tells of it", async () => {
    const { say, until: untilStored, shutdowns, liveKit, endJob, events } = await agency({ mode });
    await say('bye');
    const types = await untilStored('call.ended');
    expect(types).toEqual(expect.arrayContaining(['call.started', 'end.requested', 'farewell.finished']));
    await until('the job is shut down', () => shutdowns.length > 0);
    await endJob();
    expect(liveKit.rooms.has('support-17')).toBe(false);
    expect((await events())[0]?.data).toMatchObject({ policy: { mode } });
  });
});

describe('outside of a job', () => {
  it('says what is missing', async () => {
    const { session } = await agency();
    const client = { clock: undefined } as never;
    expect(() => attachAgentSession(session, { client })).toThrow(JobRequired);
  });
});

/** Never finishes its sentence by itself. */
class Slow extends llm.LLM {
  label(): string {
    return 'slow';
  }
  chat(options: Parameters<llm.LLM['chat']>[0]): llm.LLMStream {
    return new SlowStream(this, {
      chatCtx: options.chatCtx,
      connOptions: { maxRetry: 0, retryIntervalMs: 0, timeoutMs: 60_000 },
    });
  }
}

class SlowStream extends llm.LLMStream {
  protected async run(): Promise<void> {
    await new Promise<void>((resolve) =>
      this.abortController.signal.addEventListener('abort', () => resolve()),
    );
  }
}
