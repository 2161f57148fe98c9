/** What the admin port is given from the configuration, and what only the dashboard needs. */
import type { PinnedConfig } from '../../actors/call-state.ts';
import type { AdminParts, TestCalls, TimerSetting } from '../../admin/parts.ts';
import { natsFeed } from '../../admin/query-feed.ts';
import type { AdminAddress } from '../../admin/server.ts';
import type { Config, LoadedConfig } from '../../config/config.ts';
import { showConfig } from '../../config/show.ts';
import { TIMERS } from '../../contract/timers.ts';
import type { NatsLog } from '../../log/nats/index.ts';
import { eraseCall } from '../../supervisor/erasure.ts';
import { historyOf, NoHistory } from '../replay/history.ts';
import { tapeOf } from '../replay/tape.ts';

/** Where the port listens and who may ask; secrets are revealed to the guard alone. */
export function adminAddress({ admin }: Config): AdminAddress {
  const { host, port, hosts, token, readToken } = admin;
  return {
    host,
    port,
    hosts,
    ...(token === undefined ? {} : { token: token.reveal() }),
    ...(readToken === undefined ? {} : { readToken: readToken.reveal() }),
  };
}

/** Each timer in force with its source. Holds no secret. */
export function timerSettings(loaded: LoadedConfig): TimerSetting[] {
  const shown = new Map(showConfig(loaded).map((setting) => [setting.path, setting]));
  return Object.entries(TIMERS).map(([name, { defaultValue, kind, reason }]) => {
    const { value, source } = shown.get(`timers.${name}`) ?? { value: defaultValue, source: 'default' };
    return { name, value: Number(value), defaultValue, kind, reason, source };
  });
}

interface Given {
  readonly timers?: readonly TimerSetting[];
  readonly testCalls?: TestCalls;
}

type DashboardParts = Pick<AdminParts, 'tape' | 'server' | 'timers' | 'testCalls' | 'feed' | 'erase'>;

/** `fallback` stands in for a claim that is no longer in the log. */
export function dashboardParts(given: Given, log: NatsLog, fallback: PinnedConfig): DashboardParts {
  const { timers, testCalls } = given;
  return {
    server: () => log.describe(),
    feed: natsFeed(log.connection, log.prefix),
    erase: (callId) => eraseCall(log, callId),
    tape: async (callId) => {
      try {
        return tapeOf(await historyOf(log, callId), fallback);
      } catch (error) {
        if (error instanceof NoHistory) return undefined;
        throw error;
      }
    },
    ...(timers === undefined ? {} : { timers }),
    ...(testCalls === undefined ? {} : { testCalls }),
  };
}
