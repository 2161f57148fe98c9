/** The end_call tool of a call: what the model is told, over a real NATS, with onhook's answers as it sends them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import { createGatewayCommands } from '../../src/carriers/gateway/gateway-commands.ts';
import type { GatewayCommands } from '../../src/carriers/gateway/gateway-commands.ts';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { connectGateway, createEndCallTool, endCallResult } from '../../src/gateway/index.ts';
import type {
  EndCallAnswer,
  EndCallTool,
  EndCallToolOptions,
  GatewayClient,
  GatewayProblem,
} from '../../src/gateway/index.ts';
import { startLogServer, until, untilStored } from './world.ts';
import type { LogServer } from './world.ts';

let log: LogServer;
let client: GatewayClient;
let commands: GatewayCommands;
let calls = 0;

beforeAll(async () => {
  log = await startLogServer();
  client = await connectGateway({ servers: log.server.url, gateway: 'gw1' });
  commands = createGatewayCommands({ connection: log.connection, clock: systemClock, prefix: 'onhook.v1' });
});
afterAll(async () => {
  await client.close();
  await log.stop();
});

interface Caller {
  readonly tool: EndCallTool;
  readonly clock: ManualClock;
  readonly problems: GatewayProblem[];
  /** What stands in the log: the data of each `end.requested`. */
  requests(): Promise<JsonObject[]>;
  /** onhook says it, as soon as the n-th request stands in the log. */
  answers(verb: 'end-accepted' | 'end-refused', body?: JsonObject, after?: number): Promise<void>;
}

function call(options: EndCallToolOptions = {}): Caller {
  const callId = `CA${(calls += 1)}`;
  const clock = new ManualClock();
  const problems: GatewayProblem[] = [];
  const tool = createEndCallTool({ clock, onProblem: (problem) => problems.push(problem), ...options });
  client.call(callId, { endCall: tool }).publish('call.started', { provider: 'twilio', legs: {} });
  const requests = async (): Promise<JsonObject[]> =>
    (await log.events(callId)).filter(({ type }) => type === 'end.requested').map(({ data }) => data);
  return {
    tool,
    clock,
    problems,
    requests,
    async answers(verb, body = {}, after = 1) {
      await until(`request ${after} of ${callId}`, async () => (await requests()).length >= after);
      const command = { effectId: `${verb}-${after}`, era: 1, seq: after, attempt: 1, ...body };
      const options = { timeoutMs: 5_000 };
      await commands.send({ gateway: 'gw1', callId, verb }, command, options);
    },
  };
}

async function accepted(
  options: EndCallToolOptions,
  given?: unknown,
  body?: JsonObject,
): Promise<EndCallAnswer> {
  const { tool, answers } = call(options);
  const [answer] = await Promise.all([tool.execute(given), answers('end-accepted', body)]);
  return answer;
}

describe('a tool call that is accepted', () => {
  it.each([[undefined], [{}], ['{}'], ['not json'], [null], [[]], [{ reason: 7 }]])(
    'needs no argument, and none can be wrong: %j (field rule 18)',
    async (given) => {
      const { tool, answers, requests } = call();
      const [answer] = await Promise.all([tool.execute(given), answers('end-accepted')]);
      expect(answer).toMatchObject({ status: 'ending', reply: false });
      expect(await requests()).toEqual([{ by: 'agent', farewell: 'spoken' }]);
    },
  );

  it("brings the model's reason and the id of its call into the log", async () => {
    const { tool, answers, requests } = call();
    const given = '{"reason":"caller_said_goodbye"}';
    await Promise.all([tool.execute(given, { toolCallId: 'call_7' }), answers('end-accepted')]);
    expect(await requests()).toEqual([
      { by: 'agent', farewell: 'spoken', reason: 'caller_said_goodbye', toolCallId: 'call_7' },
    ]);
  });

  it('tells the model to be silent when the goodbye was spoken', async () => {
    expect(await accepted({})).toEqual({
      status: 'ending',
      output: 'The call is ending. Say nothing more.',
      reply: false,
    });
  });

  it('asks for a goodbye when the reply is to be it: the words of the LiveKit tool by default', async () => {
    const reply = { farewell: 'reply' } as const;
    expect(await accepted(reply)).toEqual({
      status: 'ending',
      output: 'say goodbye to the user',
      reply: true,
    });
    expect((await accepted(reply, {}, { endInstructions: 'thank them' })).output).toBe('thank them');
    expect(
      (await accepted({ ...reply, endInstructions: 'wish them well' }, {}, { endInstructions: 'x' })).output,
    ).toBe('wish them well');
  });

  it('asks for nothing when there are to be no words, or the words came with the call (field rule 12)', async () => {
    expect(await accepted({ farewell: 'reply', endInstructions: null })).toMatchObject({
      output: '',
      reply: false,
    });
    const { tool, answers, requests } = call({ farewell: 'reply' });
    const [answer] = await Promise.all([tool.execute({}, { spoken: true }), answers('end-accepted')]);
    expect(answer.reply).toBe(false);
    expect(await requests()).toEqual([{ by: 'agent', farewell: 'spoken' }]);
  });

  it('has the last sentence spoken by whoever can: the gateway, else the model', async () => {
    const sentence = { farewell: 'Take care.' };
    const { tool, answers, requests } = call({ say: true });
    await Promise.all([tool.execute(sentence), answers('end-accepted')]);
    expect(await requests()).toEqual([{ by: 'agent', farewell: { say: 'Take care.' } }]);
    expect((await accepted({ farewell: 'reply' }, sentence)).output).toBe(
      'say to the user, and nothing else: Take care.',
    );
  });
});

describe('a tool call that does not end the call', () => {
  it('is refused by the guard with a reason that the model can read, and nothing is published (field rule 17)', async () => {
    const { tool, requests } = call({ guard: () => 'A question is still open.' });
    expect(await tool.execute({})).toEqual({
      status: 'refused',
      code: 'guard',
      output: 'The call was not ended: A question is still open. Go on with the conversation.',
      reply: true,
    });
    expect(await requests()).toEqual([]);
  });

  it('is refused by onhook while a transfer rings (row 35)', async () => {
    const { tool, answers } = call();
    const refusal = { code: 'transfer_pending', reason: 'a transfer is ringing; wait for its result' };
    const [answer] = await Promise.all([tool.execute(), answers('end-refused', refusal)]);
    expect(answer).toMatchObject({ status: 'refused', code: 'transfer_pending' });
    expect(answer.output).toBe(
      'The call was not ended: a transfer is ringing; wait for its result. Go on with the conversation.',
    );
  });
});

describe('repeats', () => {
  it('that come while the first is asked about are not sent, and told that the call is ending (field rule 19)', async () => {
    const { tool, answers, requests } = call();
    const repeats = Array.from({ length: 11 }, () => tool.execute({}));
    await answers('end-accepted');
    const statuses = (await Promise.all(repeats)).map(({ status }) => status);
    expect(statuses).toEqual(['ending', ...Array.from({ length: 10 }, () => 'already_ending')]);
    expect(await requests()).toHaveLength(1);
  });

  it('that come later are asked again: an end may have been taken back meanwhile (field rule 14)', async () => {
    const { tool, answers } = call();
    await Promise.all([tool.execute(), answers('end-accepted')]);
    const [again] = await Promise.all([tool.execute(), answers('end-accepted', { already: true }, 2)]);
    expect(again).toMatchObject({ status: 'already_ending', reply: false });
    expect(again.output).toMatch(/already ending/);
    const [anew] = await Promise.all([tool.execute(), answers('end-accepted', { attempt: 2 }, 3)]);
    expect(anew.status).toBe('ending');
  });

  it('of a refused call are refused like it', async () => {
    const { tool, answers } = call();
    const both = Promise.all([tool.execute(), tool.execute()]);
    await answers('end-refused', { code: 'transfer_pending', reason: 'wait' });
    expect((await both).map(({ status }) => status)).toEqual(['refused', 'refused']);
  });
});

describe('without an answer', () => {
  it('the gateway may end the call itself, after two seconds and not earlier', async () => {
    const ended: string[] = [];
    const { tool, clock, requests } = call({ onUnacknowledged: () => void ended.push('room deleted') });
    const answer = tool.execute();
    await until('the request', async () => (await requests()).length === 1);
    clock.advance(1_999);
    await Promise.resolve();
    expect(ended).toEqual([]);
    clock.advance(1);
    expect(await answer).toMatchObject({
      status: 'unacknowledged',
      output: expect.stringMatching(/ending/) as string,
    });
    expect(ended).toEqual(['room deleted']);
  });

  it('a request made before the call was opened goes out behind call.started', async () => {
    const tool = createEndCallTool({ clock: new ManualClock() });
    void tool.execute();
    await Promise.resolve();
    client.call('CAearly', { endCall: tool }).publish('call.started', { provider: 'twilio', legs: {} });
    const types = (await untilStored(log, 'CAearly', 'end.requested')).map(({ type }) => type);
    expect(types).toEqual(['call.started', 'end.requested']);
  });
});

describe('guard and callbacks', () => {
  it('run in order: guard, called, completed', async () => {
    const order: string[] = [];
    const note = (word: string) => () => void order.push(word);
    const { tool, answers } = call({
      guard: (): undefined => void order.push('guard'),
      onToolCalled: note('called'),
      onToolCompleted: ({ status }, { arguments: { reason } }) => void order.push(`${status} ${reason}`),
    });
    await Promise.all([tool.execute({ reason: 'other' }), answers('end-accepted')]);
    expect(order).toEqual(['guard', 'called', 'ending other']);
  });

  it('that throw keep no line up, and are reported', async () => {
    const fail = (): never => {
      throw new TypeError('broken');
    };
    const { tool, answers, problems } = call({ guard: fail, onToolCalled: fail, onToolCompleted: fail });
    const [answer] = await Promise.all([tool.execute(), answers('end-accepted')]);
    expect(answer.status).toBe('ending');
    expect(problems.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'callback_failed guard',
      'callback_failed onToolCalled',
      'callback_failed onToolCompleted',
    ]);
  });

  it('that never answer are not waited for: a guard has two seconds', async () => {
    const { tool, clock, answers } = call({ guard: () => new Promise<never>(() => undefined) });
    const answer = tool.execute();
    await Promise.resolve();
    clock.advance(2_000);
    await answers('end-accepted');
    expect((await answer).status).toBe('ending');
  });
});

describe('the answer in the form of each API', () => {
  const ending: EndCallAnswer = { status: 'ending', output: 'bye', reply: false };

  it('names the tool call where the API wants it', () => {
    expect(endCallResult('openai', ending, 'c1')).toEqual({
      role: 'tool',
      tool_call_id: 'c1',
      content: 'bye',
    });
    expect(endCallResult('openai-realtime', ending, 'c1')).toEqual({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: 'c1', output: 'bye' },
    });
    expect(endCallResult('anthropic', ending, 'c1')).toEqual({
      type: 'tool_result',
      tool_use_id: 'c1',
      content: 'bye',
    });
    expect(endCallResult('vapi', ending, 'c1')).toEqual({
      results: [{ name: 'end_call', toolCallId: 'c1', result: 'bye' }],
    });
    expect(endCallResult('mcp', ending, 'c1')).toEqual({
      content: [{ type: 'text', text: 'bye' }],
      isError: false,
    });
    expect(endCallResult('livekit', ending, 'c1')).toEqual({ output: 'bye' });
    expect(endCallResult('pipecat', ending, 'c1')).toEqual({ output: 'bye' });
  });

  it('marks a refusal as an error where the API knows errors', () => {
    const refused: EndCallAnswer = { status: 'refused', output: 'no', reply: true, code: 'guard' };
    expect(endCallResult('anthropic', refused, 'c1')).toMatchObject({ is_error: true });
    expect(endCallResult('mcp', refused, 'c1')).toMatchObject({ isError: true });
    expect(endCallResult('vapi', refused, 'c1')).toEqual({
      results: [{ name: 'end_call', toolCallId: 'c1', error: 'no' }],
    });
  });

  it('is one line for Vapi, which reads no more', () => {
    const long: EndCallAnswer = { status: 'refused', output: 'no:\n  a question\nis open', reply: true };
    expect(JSON.stringify(endCallResult('vapi', long, 'c1'))).toContain('"no: a question is open"');
  });

  it('offers the argument farewell only where somebody can speak it', () => {
    const properties = (options: EndCallToolOptions): string[] =>
      Object.keys(
        (createEndCallTool(options).definition('anthropic') as { input_schema: { properties: object } })
          .input_schema.properties,
      );
    expect(properties({})).toEqual(['reason']);
    expect(properties({ say: true })).toEqual(['reason', 'farewell']);
    expect(properties({ farewell: 'reply' })).toEqual(['reason', 'farewell']);
  });
});
