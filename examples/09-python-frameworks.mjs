/**
 * The `end_call` tool in Pipecat and in LiveKit Agents for Python: the real packages take the tool as
 * `onhook tool-def` prints it. They are large; the first minutes are pip's.
 *
 *     node examples/09-python-frameworks.mjs
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { example, MAIN, show } from './playground.mjs';
import { pythonWith } from './python-environment.mjs';

async function play({ python }, file, format, args) {
  const tool = spawnSync(process.execPath, [MAIN, 'tool-def', '--format', format], {
    encoding: 'utf8',
  }).stdout;
  const script = fileURLToPath(new URL(`python/${file}`, import.meta.url));
  const agent = spawn(python, ['-u', script, ...args], { stdio: ['pipe', 'inherit', 'ignore'] });
  agent.stdin.end(tool);
  await once(agent, 'exit');
}

const pipecat = pythonWith(['nats-py', 'pipecat-ai>=1.14']);
const livekit = pythonWith(['nats-py', 'livekit-agents']);

await example(async ({ natsUrl, twilio, liveKit, recordOf }) => {
  if (pipecat !== undefined) {
    const { sid } = twilio.addCall({ sid: 'CA0000000000000000000000000000000d' });
    await play(pipecat, 'pipecat_agent.py', 'pipecat', [natsUrl, sid]);
    show(await recordOf(sid));
  }
  if (livekit !== undefined) {
    const { name } = liveKit.addRoom({ name: 'room-17' });
    await play(livekit, 'livekit_agent.py', 'livekit', [natsUrl, `${name}-AJ_4fK`, name]);
    show(await recordOf(`${name}-AJ_4fK`));
  }
});
