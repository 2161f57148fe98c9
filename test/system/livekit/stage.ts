/** A LiveKit deployment beside an orchestrator: a real server, a worker that takes its jobs, callers in rooms. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithUs } from '../../../src/testing/end-with-us.ts';
import { freePort, KEYS, startRealLiveKit } from '../../livekit-server/real-livekit.ts';
import type { RealLiveKit } from '../../livekit-server/real-livekit.ts';
import type { Orchestrator } from '../orchestrator.ts';
import { World } from '../world.ts';

const AGENT = join(import.meta.dirname, 'agent.mjs');

/** A job of the worker, as it wrote it down itself. */
export interface Job {
  readonly callId: string;
  readonly pid: number;
}

export interface Stage {
  readonly world: World;
  readonly node: Orchestrator;
  readonly liveKit: RealLiveKit;
  /** The job in that room, once it has begun. */
  jobIn(room: string): Promise<Job>;
  /** Ends everything, the worker with its jobs. */
  close(): Promise<void>;
}

/** Everything runs and the worker is registered. */
export async function openStage(binary: string, env: NodeJS.ProcessEnv): Promise<Stage> {
  const world = await World.open();
  const folder = mkdtempSync(join(tmpdir(), 'onhook-livekit-'));
  const jobs = join(folder, 'jobs');
  writeFileSync(jobs, '');
  const port = await freePort();
  const livekit = {
    LIVEKIT_URL: `ws://127.0.0.1:${port}`,
    LIVEKIT_API_KEY: KEYS.apiKey,
    LIVEKIT_API_SECRET: KEYS.apiSecret,
  };
  const node = await world.serve({ ...livekit, ONHOOK_INGRESS_HOST: '127.0.0.1', ...env });
  const liveKit = await startRealLiveKit(binary, { port, webhook: `${node.ingressUrl}/webhooks/livekit` });
  const worker = await startWorker({ ...livekit, ONHOOK_NATS_URL: world.nats.url, AGENT_JOBS: jobs }, world);
  const find = (room: string): Job | undefined => {
    const line = readFileSync(jobs, 'utf8')
      .split('\n')
      .find((each) => each.startsWith(`${room}-AJ_`));
    const [callId = '', pid] = line?.split(' ') ?? [];
    return line === undefined ? undefined : { callId, pid: Number(pid) };
  };
  return {
    world,
    node,
    liveKit,
    jobIn: (room) => world.until(`the job in ${room}`, () => find(room)),
    async close() {
      // With its jobs, which it cannot end when it is killed: they are a process group of their own.
      try {
        if (worker.pid !== undefined) process.kill(-worker.pid, 'SIGKILL');
      } finally {
        await liveKit.stop();
        await world.close();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

async function startWorker(env: NodeJS.ProcessEnv, world: World): Promise<ChildProcess> {
  const { PATH, HOME } = process.env;
  const port = String(await freePort());
  const worker = spawn(process.execPath, [AGENT, 'start'], {
    env: { PATH, HOME, NO_COLOR: '1', ...env, AGENT_PORT: port },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  endWithUs(worker);
  let said = '';
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-20_000)));
  }
  const exited = once(worker, 'exit').then(() => true);
  await world.until('the worker is registered', async () => {
    if (said.includes('registered worker')) return true;
    if (await Promise.race([exited, Promise.resolve(false)])) throw new TypeError(said);
    return false;
  });
  return worker;
}
