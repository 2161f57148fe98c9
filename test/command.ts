/** The command as it is published, as a child process that ends with the test. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { endWithUs } from '../src/testing/end-with-us.ts';

/** Built by the global setup of the tests that run it. */
export const MAIN = join(import.meta.dirname, '../dist/src/cli/main.js');

/** Settings of whoever runs the tests are not those of the command under test. */
const SETTINGS = /^(ONHOOK|OTEL|TWILIO|LIVEKIT|NODE_OPTIONS|VITEST)/;

export function startCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcessByStdio<null, Readable, Readable> {
  const kept = Object.entries(process.env).filter(([name]) => !SETTINGS.test(name));
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...Object.fromEntries(kept), NO_COLOR: '1', ...env },
    // No onhook.yaml there.
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  return child;
}
