/** Two end functions that work: one that only computes, one that waits for another system as most do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineEndFunction } from '../../src/end-functions/define.ts';
import { sharedNowMs } from '../child.ts';

/** As long as a request to a system near by. */
const REQUEST_MS = 5;

/** When it began and ended, on the clock that all processes share. */
async function measured(name: string, work: () => Promise<void>) {
  const startedAt = sharedNowMs();
  await work();
  return { output: { name, startedAt, endedAt: sharedNowMs() } };
}

export const computes = defineEndFunction({
  name: 'computes',
  version: 1,
  run: () => measured('computes', () => Promise.resolve()),
});

export const waits = defineEndFunction({
  name: 'waits',
  version: 1,
  run: () => measured('waits', () => sleep(REQUEST_MS)),
});
