/** The log as a thread opens it: the same server, a connection of its own. */
import { systemClock } from '../../clock/system-clock.ts';
import { connectLog } from '../../log/nats/index.ts';
import type { NatsLogOptions } from '../../log/nats/index.ts';
import type { OpenLog } from '../../supervisor/thread.ts';

/** What can travel to a thread. */
export type PlainLogOptions = Omit<NatsLogOptions, 'clock' | 'onEvent'>;

/** Named by the threads' protocols. Rejects as `connectLog`. */
export const openLog: OpenLog = (options, onRefused) =>
  connectLog({
    ...(options as PlainLogOptions),
    clock: systemClock,
    onEvent: (event) => {
      if (event.type === 'permission-denied') onRefused?.(event.operation);
    },
  });

/** This module, for threads. */
export const THREAD_LOG = import.meta.url;
