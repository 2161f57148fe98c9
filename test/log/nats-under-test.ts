/** A real nats-server as the conformance suite wants it. */
import { THREAD_LOG } from '../../src/cli/serve/thread-log.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { NatsLogOptions } from '../../src/log/nats/index.ts';
import { connectLog, natsServerConfig } from '../../src/log/nats/index.ts';
import type { ThreadLog } from '../../src/supervisor/thread.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import type { LogUnderTest } from './conformance.ts';

export interface NatsUnderTestOptions {
  readonly partitions: number;
  /** Whether the server's account maps subjects. Default: when there is more than one partition. */
  readonly mapped?: boolean;
  readonly binary?: string;
}

/** Options of a connection, for tests that change one of them. */
export function natsOptions(url: string, changes: Partial<NatsLogOptions> = {}): NatsLogOptions {
  return {
    url,
    prefix: 'onhook.v1',
    partitions: 1,
    clock: systemClock,
    lifetimeMs: 86_400_000,
    ...changes,
  };
}

/** The same for a thread: what can travel to it. */
export function threadLog(url: string): ThreadLog {
  const { clock: _clock, ...logOptions } = natsOptions(url);
  return { logModule: THREAD_LOG, logOptions };
}

export async function natsUnderTest(options: NatsUnderTestOptions): Promise<LogUnderTest> {
  const { partitions, mapped = partitions > 1, binary } = options;
  const config = natsServerConfig({ prefix: 'onhook.v1', partitions: mapped ? partitions : 1 });
  const server = await startNatsServer({ config, ...(binary === undefined ? {} : { binary }) });
  return {
    partitions,
    open: () => connectLog(natsOptions(server.url, { partitions })),
    down: () => server.kill('SIGKILL'),
    up: () => server.restart(),
    close: () => server.stop(),
  };
}
