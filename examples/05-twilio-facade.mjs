/**
 * No code at all: an app that hangs up over Twilio's API is pointed at onhook instead. Its request is
 * held while the caller still hears the goodbye, and answered as Twilio answers.
 *
 *     node examples/05-twilio-facade.mjs
 */
import { once } from 'node:events';
import { WebSocketServer } from 'ws';
import { attachTwilioMediaStream, connectGateway } from 'onhook/gateway';
import { example, show } from './playground.mjs';

await example(async ({ natsUrl, ingress, twilio, dial, known, recordOf }) => {
  const client = await connectGateway({ servers: natsUrl, gateway: 'front-desk' });
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    // Two seconds of goodbye lie in Twilio's buffer when the app hangs up.
    const call = attachTwilioMediaStream(socket, {
      client,
      onStart: () => call.sendAudio(Buffer.alloc(16_000, 0xff)),
    });
  });
  const { callSid } = await dial(`ws://127.0.0.1:${server.address().port}`);
  await known(callSid);

  const [{ accountSid, authToken }] = twilio.accounts;
  const startedAt = Date.now();
  // What any Twilio library sends for `calls(sid).update({ status: 'completed' })`, with another host.
  const response = await fetch(`${ingress}/2010-04-01/Accounts/${accountSid}/Calls/${callSid}.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
    body: new URLSearchParams({ Status: 'completed' }),
  });
  const { status } = await response.json();
  const heldMs = Date.now() - startedAt;
  console.log(
    `the app reads: ${status}; the request was held ${heldMs >= 1_000 ? 'until' : 'less than until'} the goodbye was heard`,
  );

  show(await recordOf(callSid));
  await client.close();
  server.close();
});
