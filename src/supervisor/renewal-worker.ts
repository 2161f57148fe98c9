/**
 * Entry of the renewal thread (log rule 8): its own connection, claims, renewals and releases. A loop
 * that is blocked does not feed, and is not renewed.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock/system-clock.ts';
import type { Log } from '../log/log.ts';
import { PartitionLost } from './errors.ts';
import { LeaseWriter } from './lease.ts';
import type { FromThread, ThreadData, ToThread } from './renewal-protocol.ts';
import { readCell, writeCell } from './renewal-protocol.ts';
import { openThreadLog } from './thread.ts';

const data = workerData as ThreadData;
const cells = new BigInt64Array(data.cells);
const writers = new Map<number, LeaseWriter>();

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

function open(log: Log, { slot, terms }: Extract<ToThread, { type: 'open' }>): void {
  const own = {
    fedAt: () => readCell(cells, 0),
    acknowledged: (fedAt: number) => writeCell(cells, 1 + slot, fedAt),
  };
  writers.set(slot, new LeaseWriter(log, systemClock, terms, own, () => tell({ type: 'lost', slot })));
}

function claim({ slot, expectedSeq, config }: Extract<ToThread, { type: 'claim' }>): void {
  writers
    .get(slot)
    ?.claim(expectedSeq, config)
    .then(
      (epoch) => tell({ type: 'claimed', slot, epoch }),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        tell({ type: 'claim-failed', slot, lost: error instanceof PartitionLost, reason });
      },
    );
}

async function obey(log: Log, message: ToThread): Promise<void> {
  switch (message.type) {
    case 'open':
      return open(log, message);
    case 'claim':
      return claim(message);
    case 'release':
      await writers.get(message.slot)?.release();
      writers.delete(message.slot);
      return tell({ type: 'released', slot: message.slot });
    case 'stop':
      writers.get(message.slot)?.stop();
      return void writers.delete(message.slot);
    case 'close':
      for (const writer of writers.values()) writer.stop();
      await log.close();
      parentPort?.close();
  }
}

const log = await openThreadLog(data);
parentPort?.on('message', (message: ToThread) => void obey(log, message));
