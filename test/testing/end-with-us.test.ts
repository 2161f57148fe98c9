/** What a test process started ends with it, whatever ends that: also what leaves no time for a hook. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { endWithUs } from '../../src/testing/end-with-us.ts';
import { until } from '../system/until.ts';

const FIXTURE = join(import.meta.dirname, '../../src/testing/nats-server.ts');
const STARTS_ONE = `
  const { startNatsServer } = await import(${JSON.stringify(FIXTURE)});
  console.log((await startNatsServer()).pid);
  setInterval(() => undefined, 1_000);
`;

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.concurrent.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'a server ends with the process that started it: %s',
  async (signal) => {
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', STARTS_ONE];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    endWithUs(parent);
    const ended = once(parent, 'exit');
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(said.toString('utf8'));
    expect(isAlive(pid)).toBe(true);
    parent.kill(signal);
    await ended;
    await until('the server is gone', () => !isAlive(pid));
  },
);
