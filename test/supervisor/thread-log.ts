/** What a renewal thread imports to open its own connection. */
import { connectLog } from '../../src/log/nats/index.ts';
import type { Log } from '../../src/log/log.ts';
import { natsOptions } from '../log/nats-under-test.ts';

export function openLog(options: unknown): Promise<Log> {
  return connectLog(natsOptions(String(options)));
}
