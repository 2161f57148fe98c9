/**
 * The streams of the contract: made when missing, compared when present. What exists is never
 * changed; a difference is a {@link LogMismatch} that says what to change.
 */
import type { JetStreamManager, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { StreamName } from '../log.ts';
import { LogMismatch } from '../log.ts';
import type { NatsLogOptions, Retention } from './options.ts';
import { DEFAULT_ARCHIVE_MS, leastLogAgeMs } from './options.ts';

export const STREAMS: Readonly<Record<StreamName, string>> = {
  log: 'ONHOOK_LOG',
  records: 'ONHOOK_RECORDS',
  deadLetters: 'ONHOOK_DEAD_LETTERS',
};

/** Who maps a published subject to its partition (log rule 1). */
export type Mapping = 'none' | 'account' | 'stream';

const PARTITIONS_KEY = 'onhook.partitions';
const NS_PER_MS = 1e6;

/** Source and destination of the mapping: `….evt.<gateway>.<callId>.…` → `….p.<n>.<gateway>.<callId>.…`. */
export function partitionMapping(prefix: string, partitions: number): { src: string; dest: string } {
  return {
    src: `${prefix}.evt.*.*.>`,
    dest: `${prefix}.p.{{partition(${partitions},2)}}.{{wildcard(1)}}.{{wildcard(2)}}.>`,
  };
}

/** Makes or checks the three streams. `mapping` matters only for a log that is made now. */
export async function ensureStreams(
  manager: JetStreamManager,
  options: NatsLogOptions,
  withMetadata: boolean,
  mapping: () => Promise<Mapping>,
): Promise<void> {
  const existing = await find(manager, STREAMS.log);
  if (existing === undefined) await add(manager, logConfig(options, await mapping(), withMetadata));
  else checkLog(existing, options);
  const archives = [
    { name: STREAMS.records, subject: `${options.prefix}.record.*`, retention: options.records },
    { name: STREAMS.deadLetters, subject: `${options.prefix}.dead.*.*`, retention: options.deadLetters },
  ];
  for (const { name, subject, retention } of archives) {
    const present = await find(manager, name);
    if (present === undefined) await add(manager, archiveConfig(name, subject, retention, options));
    else checkCommon(present, [[subject]], retention, options);
  }
}

function base(
  name: string,
  retention: Retention | undefined,
  ageMs: number,
  options: NatsLogOptions,
): StreamBase {
  return {
    name,
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: nanos(retention?.maxAgeMs ?? ageMs),
    max_bytes: retention?.maxBytes ?? -1,
    num_replicas: options.replicas ?? 1,
  };
}
type StreamBase = Partial<StreamConfig> & { name: string };

function logConfig(options: NatsLogOptions, mapping: Mapping, withMetadata: boolean): StreamBase {
  const { prefix, partitions } = options;
  const config = {
    ...base(STREAMS.log, options.log, leastLogAgeMs(options.lifetimeMs), options),
    // Readable by servers of any age, unlike metadata.
    description: `onhook log, ${PARTITIONS_KEY}=${partitions}`,
    subjects: [mapping === 'account' ? `${prefix}.p.>` : `${prefix}.evt.>`],
    ...(withMetadata ? { metadata: { [PARTITIONS_KEY]: String(partitions) } } : {}),
  };
  if (mapping !== 'stream') return config;
  return { ...config, subject_transform: partitionMapping(prefix, partitions) };
}

function archiveConfig(
  name: string,
  subject: string,
  retention: Retention | undefined,
  options: NatsLogOptions,
): StreamBase {
  return { ...base(name, retention, DEFAULT_ARCHIVE_MS, options), subjects: [subject] };
}

function checkLog({ config }: StreamInfo, options: NatsLogOptions): void {
  const { prefix, partitions } = options;
  const stored = partitionsOf(config);
  if (stored !== partitions) {
    throw new LogMismatch(
      `stream ${config.name} was made for ${stored ?? 'an unknown number of'} partitions, configured are ${partitions}`,
      `set ONHOOK_PARTITIONS=${stored ?? partitions}, or start a new log while the old one drains; N never changes in place`,
    );
  }
  const shapes = partitions > 1 ? [[`${prefix}.p.>`], [`${prefix}.evt.>`]] : [[`${prefix}.evt.>`]];
  checkCommon({ config }, shapes, options.log, options);
  checkTransform(config, options);
  const least = leastLogAgeMs(options.lifetimeMs);
  const ageMs = config.max_age / NS_PER_MS;
  if (ageMs > 0 && ageMs < least) {
    throw new LogMismatch(
      `stream ${config.name} keeps messages for ${ageMs} ms, less than a call's lifetime and a day (${least} ms)`,
      `raise its max_age (nats stream edit ${config.name} --max-age=${Math.ceil(least / 1000)}s) or lower lifetimeMs`,
    );
  }
}

function checkTransform(config: StreamConfig, { prefix, partitions }: NatsLogOptions): void {
  const wanted = partitions > 1 && config.subjects[0] === `${prefix}.evt.>`;
  const { src, dest } = partitionMapping(prefix, partitions);
  const present = config.subject_transform;
  const same = wanted ? present?.src === src && present.dest === dest : !present?.dest;
  if (same) return;
  throw new LogMismatch(
    `stream ${config.name} has ${present?.dest ? 'another' : 'no'} subject transform`,
    wanted ? `set its subject transform to ${src} → ${dest}` : 'remove its subject transform',
  );
}

function checkCommon(
  { config }: Pick<StreamInfo, 'config'>,
  shapes: readonly string[][],
  retention: Retention | undefined,
  options: NatsLogOptions,
): void {
  const subjects = config.subjects.join(', ');
  const differs = (what: string, is: unknown, wanted: unknown, flag: string): void => {
    if (is === wanted) return;
    throw new LogMismatch(
      `stream ${config.name} has ${what} ${String(is)}, wanted is ${String(wanted)}`,
      `change the configuration, or the stream: nats stream edit ${config.name} ${flag}`,
    );
  };
  const wanted = shapes.map((shape) => shape.join(', '));
  if (!wanted.includes(subjects)) differs('subjects', subjects, wanted[0], `--subjects="${wanted[0] ?? ''}"`);
  differs('discard policy', config.discard, DiscardPolicy.New, '--discard=new');
  differs(
    'retention',
    config.retention,
    RetentionPolicy.Limits,
    '(retention cannot be edited: make it again)',
  );
  if (retention?.maxAgeMs !== undefined) {
    const seconds = `--max-age=${Math.ceil(retention.maxAgeMs / 1000)}s`;
    differs('max_age in ms', config.max_age / NS_PER_MS, retention.maxAgeMs, seconds);
  }
  if (retention?.maxBytes !== undefined) {
    differs('max_bytes', config.max_bytes, retention.maxBytes, `--max-bytes=${retention.maxBytes}`);
  }
  if (options.replicas !== undefined) {
    differs('replicas', config.num_replicas, options.replicas, `--replicas=${options.replicas}`);
  }
}

function partitionsOf(config: StreamConfig): number | undefined {
  const text =
    config.metadata?.[PARTITIONS_KEY] ?? /onhook\.partitions=(\d+)/.exec(config.description ?? '')?.[1];
  return text === undefined ? undefined : Number(text);
}

/** The stream, or undefined when it does not exist. */
export async function find(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  }
}

/** Two nodes that start at once send the same configuration; the server takes the second as done. */
async function add(manager: JetStreamManager, config: StreamBase): Promise<void> {
  await manager.streams.add(config);
}
