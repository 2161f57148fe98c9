/**
 * A gateway in another language, over plain NATS: `examples/python/gateway.py` with nats-py, which is
 * installed into the cache folder of this checkout.
 *
 *     node examples/08-python-gateway.mjs
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { example, show } from './playground.mjs';
import { pythonWith } from './python-environment.mjs';

const environment = pythonWith(['nats-py']);
if (environment !== undefined) {
  await example(async ({ natsUrl, twilio, recordOf }) => {
    const { sid } = twilio.addCall({ sid: 'CA0000000000000000000000000000000c' });
    const script = fileURLToPath(new URL('python/gateway.py', import.meta.url));
    const gateway = spawn(environment.python, ['-u', script, natsUrl, sid], { stdio: 'inherit' });
    await once(gateway, 'exit');
    show(await recordOf(sid));
  });
}
