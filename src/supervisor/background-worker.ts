/** Entry of the background writer's thread: its own connection, the live feed and the register of legs. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock/system-clock.ts';
import type { BackgroundData, FromBackground, ToBackground } from './background-protocol.ts';
import type { KeyedLeg } from './leg-writer.ts';
import { LegWriter } from './leg-writer.ts';
import { announceTo } from './live-feed.ts';
import type { OpenLog } from './renewal-protocol.ts';

/** A server that is away keeps no node from ending. */
const LAST_WORDS_MS = 1_000;

const { logModule, logOptions } = workerData as BackgroundData;
const { openLog } = (await import(logModule)) as { readonly openLog: OpenLog };
const log = await openLog(logOptions);
const announce = announceTo(log);
const legs = new LegWriter(log, systemClock);
legs.onMissed = (missed) => parentPort?.postMessage({ missed } satisfies FromBackground);

async function close(): Promise<void> {
  systemClock.after(LAST_WORDS_MS, () => process.exit());
  await legs.close();
  await log.flush().catch(() => undefined);
  await log.close();
  process.exit();
}

parentPort?.on('message', (message: ToBackground) => {
  if (message === 'close') return void close();
  if (message.facts !== '') announce(message.facts);
  if (message.legs !== '') legs.write(JSON.parse(message.legs) as KeyedLeg[]);
});
