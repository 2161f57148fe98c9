/**
 * The caller speaks during the goodbye. Under `bargeIn: 'resume'` an acknowledgement ("okay, thanks")
 * changes nothing; a real sentence takes the end back: the buffered goodbye is dropped and the model is
 * told that the call goes on.
 *
 *     node examples/04-barge-in.mjs
 */
import { connectGateway, createEndCallTool } from 'onhook/gateway';
import { example, show } from './playground.mjs';

await example(async ({ natsUrl, twilio, recordOf }) => {
  const client = await connectGateway({ servers: natsUrl, gateway: 'front-desk' });
  const callSid = twilio.addCall({ sid: 'CA0000000000000000000000000000000b' }).sid;
  let echoes = false;
  let cancelled;
  const wasCancelled = new Promise((resolve) => (cancelled = resolve));
  const endCall = createEndCallTool({
    onCancelled: (instruction, toolCallId) => {
      console.log(`model reads, about ${toolCallId}: ${instruction}`);
      cancelled();
    },
  });

  const call = client.call(callSid, {
    endCall,
    handlers: {
      // The first goodbye is long: its mark is not back yet when the caller speaks.
      mark: ({ name }) => (echoes ? call.publish('mark.echoed', { name }) : undefined),
      clear: () => call.publish('playback.cleared'),
      close: () => call.close(),
    },
  });
  call.publish('call.started', {
    provider: 'twilio',
    legs: { carrier: { callSid } },
    capabilities: { endCancelled: true },
    policy: { bargeIn: 'resume', bargeInMax: 2 },
  });

  console.log('model reads:', (await endCall.execute({}, { toolCallId: 'call_1' })).output);
  console.log('caller: okay, thanks');
  call.publish('caller.spoke', { text: 'okay, thanks', final: true });
  console.log('caller: wait, one more question');
  call.publish('caller.spoke', { text: 'wait, one more question', final: true });
  await wasCancelled;

  echoes = true;
  console.log('model reads:', (await endCall.execute({}, { toolCallId: 'call_2' })).output);
  const record = await recordOf(callSid);
  show(record);
  console.log('end attempts:', record.endAttempts.map(({ outcome }) => outcome).join(', '));
  await client.close();
});
