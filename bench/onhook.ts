/**
 * The orchestrator in its own process: the parts that `serve` puts together, without its HTTP side. Twilio's
 * limit of requests per second is lifted, since it would be what is measured.
 */
import { randomUUID } from 'node:crypto';
import { devNull } from 'node:os';
import { createGatewayCommands } from '../src/carriers/gateway/gateway-commands.ts';
import { createCarriers } from '../src/carriers/registry.ts';
import { systemClock } from '../src/clock/system-clock.ts';
import { loadConfig } from '../src/config/config.ts';
import { natsLogOptions } from '../src/cli/nats/log-options.ts';
import { createCapacity } from '../src/dispatcher/capacity.ts';
import { createDispatcher } from '../src/dispatcher/dispatcher.ts';
import { createEndFunctions } from '../src/end-functions/end-functions.ts';
import { connectLog } from '../src/log/nats/index.ts';
import { LocalLeaseKeeper } from '../src/supervisor/local-lease-keeper.ts';
import { NodeSupervisor } from '../src/supervisor/node-supervisor.ts';
import { pinConfig } from '../src/supervisor/stable-json.ts';
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
let supervisor: NodeSupervisor | undefined;

async function start({
  url,
  prefix,
  twilio,
  env,
  functions,
}: OnhookOptions): Promise<{ liveAfterMs: number }> {
  const { config } = loadConfig({
    env: { ONHOOK_NATS_URL: url, ONHOOK_NATS_PREFIX: prefix, ...env },
    file: devNull,
  });
  const log = await connectLog(natsLogOptions(config, clock));
  const account = { accountSid: twilio.account, authToken: twilio.token };
  const { carriers, rooms } = await createCarriers(
    { twilio: { baseUrl: twilio.url, accounts: [account] } },
    clock,
  );
  const endFunctions = await createEndFunctions({
    clock,
    modules: functions,
    folder: '.',
    environment: process.env,
  });
  const commands = createGatewayCommands({ connection: log.connection, clock, prefix });
  const capacity = createCapacity(clock, { requestsPerSecond: {} });
  supervisor = new NodeSupervisor({
    nodeId: 'bench',
    log,
    clock,
    keeper: new LocalLeaseKeeper(log, clock),
    config: pinConfig({
      timers: config.timers,
      mode: config.mode,
      functions: endFunctions.manifests(),
      providers: [...carriers.keys()],
    }),
    dispatcher: (owner) =>
      createDispatcher({ owner, capacity, log, clock, carriers, rooms, commands, endFunctions }),
    newNonce: () => randomUUID().replaceAll('-', ''),
    onAlarm: (code, data) => void process.stderr.write(`alarm ${code} ${JSON.stringify(data)}\n`),
  });
  const startedAt = sharedNowMs();
  supervisor.start();
  while (supervisor.stats().partitions.some(({ state }) => state !== 'live')) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return { liveAfterMs: sharedNowMs() - startedAt };
}

const methods = {
  start,
  ...profiler,
  openCalls: () => supervisor?.seats.reduce((sum, { owner }) => sum + (owner?.table.calls.size ?? 0), 0) ?? 0,
  /** As every second, but now. */
  checkpoint: async () => {
    for (const { owner } of supervisor?.seats ?? []) await owner?.checkpoints.commit();
  },
  /** After a full collection, in bytes. Needs `--expose-gc`. */
  memory: () => {
    for (let i = 0; i < 3; i += 1) globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapUsed, external, rss };
  },
  close: () => supervisor?.close(),
};

export type OnhookMethods = typeof methods;

expose(methods);
