/** `onhook serve`: one node, until it is told to stop. Stopping ends no call. */
import type { Command } from 'commander';
import { systemClock } from '../../clock/system-clock.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { secretsOf } from '../nats/log-options.ts';
import { createOutput } from '../output.ts';
import { loadSettings } from '../settings.ts';
import { aborted, interrupted } from '../signals.ts';
import { timerSettings } from './admin.ts';
import { startNode } from './node.ts';

/**
 * Also ends when the node cannot go on, for whoever restarts it. Throws `ConfigError`, `LogMismatch`
 * (exit 78), `InspectorMissing`, `LogUnavailable`, `AdminPortUnavailable`, `IngressPortUnavailable` (exit 69).
 */
export async function serve(command: Command): Promise<void> {
  const { json, waitMs, inspect } = command.optsWithGlobals<{
    json: boolean;
    waitMs: number;
    inspect?: string;
  }>();
  const loaded = loadSettings(command);
  const { config } = loaded;
  const logger = await createLogger({
    level: config.log.level,
    clock: systemClock,
    secrets: secretsOf(config),
    personalData: config.log.personalData,
    output: process.stderr,
  });
  const stop = interrupted();
  const node = await startNode({
    config,
    clock: systemClock,
    logger,
    waitMs,
    signal: stop.signal,
    timers: timerSettings(loaded),
    inspectorUrl: inspect,
  });
  try {
    const ready = { ready: true, node: node.nodeId, admin: node.adminUrl, ingress: node.ingressUrl };
    createOutput(json).line(ready, () => `onhook is ready: node ${node.nodeId}, admin ${node.adminUrl}`);
    const failure = await Promise.race([aborted(stop.signal), node.failed]);
    if (failure !== undefined) throw failure;
    logger.info('stopping: partitions are handed over, no call is ended', {
      signal: String(stop.signal.reason),
    });
  } finally {
    await node.close();
    stop.release();
  }
}
