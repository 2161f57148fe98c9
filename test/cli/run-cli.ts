/** The real command as a child process, through tsx: what it says, and how it exits. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithUs } from '../../src/testing/end-with-us.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

/** Settings of whoever runs the tests are not those of the command under test. */
function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(ONHOOK|OTEL|TWILIO|LIVEKIT|NODE_OPTIONS)/.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1', ...env };
}

export interface RunningCli {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code, or the signal's name, once every stream is closed. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** Starts it; a test that starts one also waits for its end. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCli {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, ...args], {
    env: cleanEnvironment(env),
    // No onhook.yaml there.
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString('utf8')));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return { child, stdout: () => said.stdout, stderr: () => said.stderr, ended };
}

export interface CliResult {
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end. */
export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliResult> {
  const running = startCli(args, env);
  const code = await running.ended;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}
