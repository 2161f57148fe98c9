/**
 * A thread of the function's process that outlives a blocked event loop. It ends the process when
 * onhook itself was killed (nobody else would: the next owner starts the next attempt meanwhile), and
 * when memory outside the JavaScript heap, which V8 does not bound, grows past its limit.
 */
import { Worker } from 'node:worker_threads';

/** Set by the parent: resident memory of the process, in bytes. */
export const MEMORY_VARIABLE = 'ONHOOK_CHILD_MEMORY_MAX_BYTES';

/** Set by the parent: its own pid. Who asks for its parent once it runs may already be an orphan. */
export const PARENT_VARIABLE = 'ONHOOK_CHILD_PARENT_PID';

/** Half a second of orphaned work, or of growth, is harmless; a shorter wait costs CPU in each process. */
const LOOK_EVERY_MS = 500;

// Plain JavaScript in a text: a thread from a file would load the whole TypeScript loader once more.
const watch = `
const { workerData } = require('node:worker_threads');
const cell = new Int32Array(new SharedArrayBuffer(4));
for (;;) {
  Atomics.wait(cell, 0, 0, workerData.lookEveryMs);
  const orphaned = process.ppid !== workerData.parent;
  if (orphaned || process.memoryUsage.rss() > workerData.memoryMaxBytes) process.kill(-process.pid, 'SIGKILL');
}`;

/** Starts the thread. Call once per process, which must lead its own process group. */
export function watchFromThread(): void {
  const memoryMaxBytes = Number(process.env[MEMORY_VARIABLE] ?? Infinity);
  const parent = Number(process.env[PARENT_VARIABLE] ?? process.ppid);
  delete process.env[MEMORY_VARIABLE];
  delete process.env[PARENT_VARIABLE];
  const workerData = { parent, memoryMaxBytes, lookEveryMs: LOOK_EVERY_MS };
  new Worker(watch, { eval: true, execArgv: [], env: {}, workerData }).unref();
}
