/** Waiting for a condition, with a bound, and collecting what a reader hands over. */
import { systemClock } from '../../src/clock/system-clock.ts';
import type { Log, LogReader, ReaderSignal, ReadOptions, StoredMessage } from '../../src/log/log.ts';

const BOUND_MS = 20_000;
const STEP_MS = 5;

export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < BOUND_MS; waitedMs += STEP_MS) {
    if (holds()) return;
    await new Promise<void>((resolve) => systemClock.after(STEP_MS, resolve));
  }
  throw new Error(`did not happen within ${BOUND_MS} ms: ${what}`);
}

export interface Collected {
  readonly reader: LogReader;
  readonly messages: StoredMessage[];
  readonly signals: ReaderSignal[];
  readonly failures: unknown[];
  readonly texts: () => string[];
}

/** A reader that keeps everything it was told. */
export function collect(log: Log, options: Partial<ReadOptions> = {}): Collected {
  const messages: StoredMessage[] = [];
  const signals: ReaderSignal[] = [];
  const failures: unknown[] = [];
  const reader = log.read({
    fromSeq: 1,
    onSignal: (signal) => signals.push(signal),
    onFailure: (error) => failures.push(error),
    ...options,
    onMessage: (message) => {
      messages.push(message);
      return options.onMessage?.(message);
    },
  });
  return { reader, messages, signals, failures, texts: () => messages.map((m) => text(m.data)) };
}

export function bytes(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

export function text(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}
