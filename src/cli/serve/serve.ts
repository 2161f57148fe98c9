/** `onhook serve`: one node, until it is told to stop. Stopping ends no call. */
import type { Command } from 'commander';
import { systemClock } from '../../clock/system-clock.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { natsLogOptions, secretsOf } from '../nats/log-options.ts';
import { createOutput, duration } from '../output.ts';
import { loadSettings } from '../settings.ts';
import { aborted, endInterrupted, interrupted } from '../signals.ts';
import { timerSettings } from './admin.ts';
import { startNode } from './node.ts';

/**
 * Also ends when the node cannot go on, for whoever restarts it. Throws `ConfigError`, `LogMismatch`,
 * `TracesMissing`, `TracesProtocolUnsupported` (exit 78), `LogUnavailable`, `AdminPortUnavailable`,
 * `IngressPortUnavailable` (exit 69), `InspectorMissing` (exit 1).
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
  const output = createOutput(json);
  const stop = interrupted();
  const { url } = natsLogOptions(config, systemClock);
  output.progress(`starting with NATS at ${url}; waits for it up to ${duration(waitMs)}`);
  const starting = startNode({
    config,
    clock: systemClock,
    logger,
    waitMs,
    signal: stop.signal,
    timers: timerSettings(loaded),
    inspectorUrl: inspect,
  });
  const node = await starting.catch((error: unknown) => {
    // Whoever stopped the waiting knows why there is no node.
    if (!stop.signal.aborted) throw error;
    return endInterrupted(stop.signal);
  });
  if (node === undefined) return;
  try {
    const ready = { ready: true, node: node.nodeId, admin: node.adminUrl, ingress: node.ingressUrl };
    output.line(ready, () => `onhook is ready: node ${node.nodeId}, admin ${node.adminUrl}`);
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
