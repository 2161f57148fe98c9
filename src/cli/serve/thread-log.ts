/** The log as a thread opens it: the same server, a connection of its own. */
import { systemClock } from '../../clock/system-clock.ts';
import type { Log } from '../../log/log.ts';
import { connectLog } from '../../log/nats/index.ts';
import type { NatsLogOptions } from '../../log/nats/index.ts';

/** What can travel to a thread. */
export type PlainLogOptions = Omit<NatsLogOptions, 'clock' | 'onEvent'>;

/** Named by the threads' protocols. Rejects as `connectLog`. */
export function openLog(options: unknown): Promise<Log> {
  return connectLog({ ...(options as PlainLogOptions), clock: systemClock });
}

/** This module, for threads. */
export const THREAD_LOG = import.meta.url;
