/** Entry of the live feed's thread: its own connection, and nothing but facts. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock/system-clock.ts';
import type { FromFeedThread, ToFeedThread } from './feed-thread.ts';
import { announceTo } from './live-feed.ts';
import { openThreadLog } from './thread.ts';
import type { ThreadLog } from './thread.ts';

/** A server that is away keeps no node from ending. */
const LAST_WORDS_MS = 1_000;

const tell = (message: FromFeedThread): void => parentPort?.postMessage(message);
const log = await openThreadLog(workerData as ThreadLog, (operation) => tell({ refused: operation }));
const announce = announceTo(log);

async function close(): Promise<void> {
  systemClock.after(LAST_WORDS_MS, () => process.exit());
  await log.flush().catch(() => undefined);
  await log.close();
  process.exit();
}

parentPort?.on('message', (message: ToFeedThread) => {
  if (message === 'close') void close();
  else announce(message.facts);
});
tell('ready');
