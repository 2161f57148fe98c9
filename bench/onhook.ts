/**
 * The orchestrator in its own process: the whole node that `onhook serve` runs, admin port and renewal
 * thread included. Twilio's limit of requests per second is as high as it goes, since it would be what
 * is measured.
 */
import { devNull } from 'node:os';
import { startNode, type RunningNode } from '../src/cli/serve/node.ts';
import { systemClock } from '../src/clock/system-clock.ts';
import { loadConfig } from '../src/config/config.ts';
import { NodeSupervisor } from '../src/supervisor/node-supervisor.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { expose, sharedNowMs } from './child.ts';
import { profiler } from './profiler.ts';

export interface OnhookOptions {
  readonly url: string;
  readonly prefix: string;
  readonly twilio: { readonly url: string; readonly account: string; readonly token: string };
  /** As in the environment: `ONHOOK_TIMERS_SETTLE_MS`. */
  readonly env: Readonly<Record<string, string>>;
  /** Files of end functions. */
  readonly functions: readonly string[];
}

const clock = systemClock;
let node: RunningNode | undefined;

async function start(options: OnhookOptions): Promise<{ liveAfterMs: number }> {
  const { url, prefix, twilio, env, functions } = options;
  const { config } = loadConfig({
    env: {
      ONHOOK_NATS_URL: url,
      ONHOOK_NATS_PREFIX: prefix,
      ONHOOK_ADMIN_PORT: '0',
      ONHOOK_INGRESS_PORT: '0',
      // The same again after a kill, as a container has it (log rule 7).
      ONHOOK_NODE_ID: 'bench',
      ONHOOK_TWILIO_BASE_URL: twilio.url,
      TWILIO_ACCOUNT_SID: twilio.account,
      TWILIO_AUTH_TOKEN: twilio.token,
      ONHOOK_TWILIO_REQUESTS_PER_SECOND: '10000',
      ...(functions.length > 0 && { ONHOOK_END_FUNCTIONS: functions.join(',') }),
      ...env,
    },
    file: devNull,
  });
  const logger = await createLogger({ level: 'warn', clock, secrets: [], output: process.stderr });
  const startedAt = sharedNowMs();
  node = await startNode({ config, clock, logger });
  return { liveAfterMs: sharedNowMs() - startedAt };
}

/** As every second, but now. */
async function checkpoint(): Promise<void> {
  if (!(node?.view instanceof NodeSupervisor)) return;
  for (const { owner } of node.view.seats) await owner?.checkpoints.commit();
}

const methods = {
  start,
  ...profiler,
  checkpoint,
  openCalls: () => node?.view.stats().openCalls ?? 0,
  /** After a full collection, in bytes. Needs `--expose-gc`. */
  memory: () => {
    for (let i = 0; i < 3; i += 1) globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapUsed, external, rss };
  },
  close: () => node?.close(),
};

export type OnhookMethods = typeof methods;

expose(methods);
