/** Ctrl-C and its relatives as an abort signal, so that whoever started something can end it. */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interruption {
  /** Aborted by the first signal; its reason is the signal's name. */
  readonly signal: AbortSignal;
  /** Gives the signals back to the process. */
  release(): void;
}

/** What a shell says of a process that a signal ended: 128 and its number. */
export function exitCodeOfSignal(name: string): number {
  return 128 + (constants.signals[name as NodeJS.Signals] ?? 0);
}

/** A command that was to go on until its work is done did not: says so with the exit code of the signal. */
export function endInterrupted({ reason }: AbortSignal): void {
  process.exitCode = exitCodeOfSignal(String(reason));
}

/** A second Ctrl-C ends the process at once: whoever asks twice does not want to wait. */
export function interrupted(): Interruption {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (name === 'SIGINT' && controller.signal.aborted) process.exit(exitCodeOfSignal(name));
    controller.abort(name);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
