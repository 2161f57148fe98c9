/** The configuration as the NATS adapter wants it, and every secret of it for the log's eraser. */
import type { Clock } from '../../clock/clock.ts';
import type { Config } from '../../config/config.ts';
import { Secret } from '../../config/secret.ts';
import type { NatsLogOptions, Retention } from '../../log/nats/index.ts';

/** Where NATS is when nobody says: its own default. `dev` starts one instead. */
export const DEFAULT_NATS_URL = 'nats://127.0.0.1:4222';

/** Drops what is undefined, for interfaces whose fields are absent or there. */
function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function retention(maxAgeMs: number | undefined, maxBytes: number | undefined): Retention {
  return present({ maxAgeMs, maxBytes }) as Retention;
}

/** Pure. `url` wins over the configured one. */
export function natsLogOptions(config: Config, clock: Clock, url?: string): NatsLogOptions {
  const { nats, retention: kept, timers } = config;
  const tls = present({ caFile: nats.caFile, certFile: nats.certFile, keyFile: nats.keyFile });
  const optional = present({
    user: nats.user,
    password: nats.password?.reveal(),
    token: nats.token?.reveal(),
    credsFile: nats.credentialsFile,
    replicas: kept.replicas,
    tls: Object.keys(tls).length === 0 ? undefined : tls,
  });
  return {
    url: url ?? (nats.url ?? [DEFAULT_NATS_URL]).join(','),
    prefix: nats.prefix,
    partitions: config.partitions,
    clock,
    lifetimeMs: timers.lifetimeMs,
    log: retention(kept.logMaxAgeMs, kept.logMaxBytes),
    records: retention(kept.recordsMaxAgeMs, kept.recordsMaxBytes),
    deadLetters: retention(kept.deadLettersMaxAgeMs, kept.deadLettersMaxBytes),
    ...(optional as Partial<NatsLogOptions>),
  };
}

/** Every configured secret, revealed: for striking out, never for showing. */
export function secretsOf(config: Config): string[] {
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (value instanceof Secret) found.push(value.reveal());
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(look);
  };
  look(config);
  return found;
}
