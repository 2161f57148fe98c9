/**
 * Three lines in a plain `ws` server for Twilio Media Streams: connect, attach, end. The agent says its
 * goodbye and calls its tool; the line goes down when the caller has heard it.
 *
 *     node examples/01-twilio-media-streams.mjs
 */
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { attachTwilioMediaStream, connectGateway } from 'onhook/gateway';
import { example, show } from './playground.mjs';

/** One second of mu-law silence, in place of your agent's voice. */
const GOODBYE = Buffer.alloc(8_000, 0xff);

await example(async ({ natsUrl, dial, recordOf }) => {
  const client = await connectGateway({ servers: natsUrl, gateway: 'front-desk' });
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');

  server.on('connection', (socket) => {
    const call = attachTwilioMediaStream(socket, {
      client,
      onStart: () => {
        console.log('the agent says goodbye, and its model calls end_call');
        call.sendAudio(GOODBYE);
        call.endCall({ reason: 'conversation_complete', farewell: 'spoken' });
      },
    });
  });

  const { callSid, closed } = await dial(`ws://127.0.0.1:${server.address().port}`);
  await closed;
  console.log('the line is down');
  show(await recordOf(callSid));
  await client.close();
  server.close();
});
