/**
 * Work after the call: `examples/end-functions/crm.mjs` writes a note into a CRM from what the agent's
 * tools learned, in a process of its own, under an idempotency key.
 *
 *     node examples/10-end-functions.mjs
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { connectGateway } from 'onhook/gateway';
import { example } from './playground.mjs';

/** A CRM on loopback: it takes a note and answers with its id. */
const crm = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    console.log('the CRM gets:', JSON.parse(body).summary);
    response.setHeader('content-type', 'application/json').end('{"id":"note-1"}');
  });
}).listen(0, '127.0.0.1');
await once(crm, 'listening');

const env = {
  ONHOOK_END_FUNCTIONS: fileURLToPath(new URL('end-functions/crm.mjs', import.meta.url)),
  ONHOOK_END_FUNCTION_ENV: 'CRM_URL',
  CRM_URL: `http://127.0.0.1:${crm.address().port}`,
};

await example(
  async ({ natsUrl, twilio, recordOf }) => {
    const client = await connectGateway({ servers: natsUrl, gateway: 'front-desk' });
    const callSid = twilio.addCall({ sid: 'CA0000000000000000000000000000000e' }).sid;
    const call = client.call(callSid, { handlers: { close: () => call.close() } });
    call.publish('call.started', { provider: 'twilio', legs: { carrier: { callSid } } });
    call.publish('state.patched', { patch: { intent: 'reschedule', resolution: 'resolved' } });
    call.publish('end.requested', { farewell: 'none' });

    const { endFunctions, disposition } = await recordOf(callSid);
    for (const { name, status, attempts } of endFunctions)
      console.log(`${name}: ${status} in ${attempts} attempt`);
    console.log(`disposition: ${disposition.code}`);
    await client.close();
  },
  { env },
);
crm.close();
