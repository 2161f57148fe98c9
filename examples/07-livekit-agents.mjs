/**
 * A LiveKit agent in Node: one line attaches onhook to the session, and its `endCallTool` stands in for
 * LiveKit's own. Model and room are doubles here; the session, its tools and its speech are the real
 * `@livekit/agents`.
 *
 *     node examples/07-livekit-agents.mjs
 */
import { initializeLogger, voice } from '@livekit/agents';
import { connectGateway } from 'onhook/gateway';
import { attachAgentSession } from 'onhook/livekit-agents';
import { example, show } from './playground.mjs';

initializeLogger({ pretty: false, level: 'silent' });

await example(async ({ natsUrl, liveKit, recordOf }) => {
  const client = await connectGateway({ servers: natsUrl, gateway: 'livekit' });
  const room = liveKit.addRoom({ name: 'support-17' });
  // Your entrypoint gets this one from LiveKit.
  const job = {
    job: { id: 'AJ_4fK', room: { name: room.name, sid: room.sid } },
    shutdown: (reason) => console.log(`the job shuts down: ${reason}`),
    addShutdownCallback: () => undefined,
    deleteRoom: async () => undefined,
  };

  const session = new voice.AgentSession({
    llm: new voice.testing.FakeLLM([
      { input: "that's all, bye", toolCalls: [{ name: 'end_call', args: {} }] },
      // What the tool returned reaches the model as JSON.
      { input: '"thank the caller and say goodbye"', content: 'Thank you for calling. Goodbye!' },
    ]),
  });
  const { call, endCallTool } = attachAgentSession(session, {
    client,
    job,
    endCall: {
      extraDescription: 'Only after the caller confirmed that the issue is resolved.',
      endInstructions: 'thank the caller and say goodbye',
    },
  });
  session.on(voice.AgentSessionEventTypes.ConversationItemAdded, ({ item }) => {
    if (item.type === 'message') console.log(`${item.role}: ${item.textContent}`);
  });
  await session.start({
    agent: new voice.Agent({ instructions: 'You help callers.', tools: [endCallTool] }),
    record: false,
  });
  session.generateReply({ userInput: "that's all, bye" });

  show(await recordOf(call.callId));
  console.log(`the room is ${liveKit.rooms.has(room.name) ? 'still there' : 'gone'}`);
  await client.close();
});
