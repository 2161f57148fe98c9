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

async function inPython(packages, run) {
  const environment = pythonWith(packages);
  if (environment === undefined) return;
  try {
    await run(environment);
  } finally {
    environment.remove();
  }
}

await example(async ({ natsUrl, twilio, liveKit, recordOf }) => {
  await inPython(['nats-py', 'pipecat-ai>=1.14'], async (environment) => {
    const { sid } = twilio.addCall({ sid: 'CA0000000000000000000000000000000d' });
    await play(environment, 'pipecat_agent.py', 'pipecat', [natsUrl, sid]);
    show(await recordOf(sid));
  });
  await inPython(['nats-py', 'livekit-agents'], async (environment) => {
    const { name } = liveKit.addRoom({ name: 'room-17' });
    await play(environment, 'livekit_agent.py', 'livekit', [natsUrl, `${name}-AJ_4fK`, name]);
    show(await recordOf(`${name}-AJ_4fK`));
  });
});
