/**
 * Lets a child process end when this process does, however it ends: a signal leaves no time for hooks. A
 * shell waits for a line that never comes; when this process is gone the pipe closes, and the shell ends
 * the child by its pid.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

const WAIT_THEN_KILL = 'read -r _; kill -9 "$1" 2>/dev/null';

/** Costs one small process as long as the child runs. Nothing on Windows, and for a child that never started. */
export function endWithUs(child: ChildProcess): void {
  if (child.pid === undefined || process.platform === 'win32') return;
  const guard = spawn('/bin/sh', ['-c', WAIT_THEN_KILL, 'sh', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Ctrl-C in a terminal reaches a whole group: the guard has to outlive it.
    detached: true,
  });
  guard.on('error', () => undefined);
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  // Before its pid can be somebody else's.
  child.once('exit', () => guard.kill('SIGKILL'));
}
