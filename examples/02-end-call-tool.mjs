/**
 * The `end_call` tool for a model: its definition, a guard that refuses while a question is open, and
 * the answers that the model reads. Here in the form of OpenAI's Realtime API; `definition` and
 * `result` know the others too.
 *
 *     node examples/02-end-call-tool.mjs
 */
import { connectGateway, createEndCallTool } from 'onhook/gateway';
import { example, show } from './playground.mjs';

await example(async ({ natsUrl, twilio, recordOf }) => {
  const client = await connectGateway({ servers: natsUrl, gateway: 'front-desk' });
  let questionIsOpen = true;

  const endCall = createEndCallTool({
    extraDescription: 'Never while you wait for an answer of the caller.',
    farewell: 'reply',
    guard: () => (questionIsOpen ? 'You asked the caller for a date and have no answer yet.' : undefined),
  });
  console.log('tool:', endCall.definition('openai-realtime').description.split('\n').at(-1));

  const callSid = twilio.addCall({ sid: 'CA0000000000000000000000000000000a' }).sid;
  const call = client.call(callSid, {
    endCall,
    handlers: { mark: ({ name }) => call.publish('mark.echoed', { name }), close: () => call.close() },
  });
  call.publish('call.started', {
    provider: 'twilio',
    legs: { carrier: { callSid } },
    capabilities: { farewellEvents: true },
  });

  const early = await endCall.execute('{"reason":"conversation_complete"}', { toolCallId: 'call_1' });
  console.log('model reads:', endCall.result('openai-realtime', early, 'call_1').item.output);

  questionIsOpen = false;
  const answer = await endCall.execute('{}', { toolCallId: 'call_2' });
  console.log('model reads:', answer.output);

  // The model's reply to this is the goodbye; your gateway says when it starts and ends.
  call.publish('farewell.started', { utteranceId: 'bye', expectedMs: 300 });
  const repeat = await endCall.execute('{}', { toolCallId: 'call_3' });
  console.log('model reads:', repeat.output);
  call.publish('farewell.finished', { utteranceId: 'bye', audioMs: 300 });

  show(await recordOf(callSid));
  await client.close();
});
