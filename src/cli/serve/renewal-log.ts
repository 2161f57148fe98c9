/** The log as the renewal thread opens it: the same server, a connection of its own. */
import { systemClock } from '../../clock/system-clock.ts';
import type { Log } from '../../log/log.ts';
import { connectLog } from '../../log/nats/index.ts';
import type { NatsLogOptions } from '../../log/nats/index.ts';

/** What can travel to a thread. */
export type PlainLogOptions = Omit<NatsLogOptions, 'clock' | 'onEvent'>;

/** Named by the renewal thread's protocol. Rejects as `connectLog`. */
export function openLog(options: unknown): Promise<Log> {
  return connectLog({ ...(options as PlainLogOptions), name: 'onhook leases', clock: systemClock });
}

/** This module, for the thread. */
export const RENEWAL_LOG = import.meta.url;
