/** JSON with sorted keys, so that equal values have equal text, and the hash of a pinned configuration. */
import { createHash } from 'node:crypto';
import type { PinnedConfig } from '../actors/call-state.ts';

/** Text of a JSON value with the keys of every object in order. `undefined` fields are left out. */
export function stableJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${stableJson(field)}`);
  return `{${fields.join(',')}}`;
}

/** The configuration with its hash: 128 bits of SHA-256 over its stable JSON. Same values, same hash. */
export function pinConfig(values: Omit<PinnedConfig, 'hash'>): PinnedConfig {
  const { timers, mode, functions, providers } = values;
  const plain = { timers, mode, functions, providers };
  const hash = createHash('sha256').update(stableJson(plain)).digest('hex').slice(0, 32);
  return Object.freeze({ hash, ...plain });
}
