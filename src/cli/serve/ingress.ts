/** The edge of a node: what its routes need, taken from the parts of the node. */
import { findCall } from '../../admin/find-call.ts';
import type { AdminParts } from '../../admin/parts.ts';
import type { Config } from '../../config/config.ts';
import { startIngress } from '../../ingress/server.ts';
import type { IngressServer } from '../../ingress/server.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { carriersConfig } from './carriers-config.ts';

/** Rejects with `IngressPortUnavailable`. */
export function openIngress(
  config: Config,
  parts: AdminParts & { readonly metrics: Pick<Metrics, 'inputs'> },
): Promise<IngressServer> {
  const { log, clock, logger, metrics } = parts;
  return startIngress({
    ...config.ingress,
    ...carriersConfig(config),
    log,
    clock,
    logger,
    mode: config.mode,
    publicUrl: config.publicUrl,
    staleAfterMs: config.timers.lifetimeMs + config.timers.legHorizonMs,
    findCall: (callId) => findCall(parts, callId),
    onRefused: (verdict) => metrics.inputs(verdict),
    onForeignRoom: () => metrics.inputs('foreign-room'),
  });
}
