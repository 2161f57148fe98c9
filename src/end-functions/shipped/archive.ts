/**
 * The shipped function `archive`: the record with its transcript as one JSON file, in a folder or in an
 * S3-compatible store. Its name depends on the call alone, so that a repeat replaces it by the same.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import { Agent } from 'undici';
import type { Clock } from '../../clock/clock.ts';
import { dateOf } from '../../clock/instant.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { EndFunctionInput } from '../end-function.ts';
import { outcomeOfAnswer, sendRequest } from './request.ts';
import { shippedManifest, type ShippedDefinition } from './shipped.ts';

export interface S3Options {
  /** `https://s3.eu-central-1.amazonaws.com`, or the address of another store. Path style is used. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Default `us-east-1`, what most other stores expect. */
  readonly region?: string | undefined;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** One of the two. */
export type ArchiveOptions = ({ readonly folder: string } | { readonly s3: S3Options }) & {
  /** First folders of the name. Default none. */
  readonly prefix?: string | undefined;
  /** One attempt, ms. Default 15 000. */
  readonly timeoutMs?: number;
};

const DEFAULT_TIMEOUT_MS = 15_000;

/** `<prefix>/2026/11/20/<call id>.json`, by the day on which the call began, UTC. */
function nameOf({ call }: EndFunctionInput, prefix: string | undefined, now: number): string {
  const startedAt = typeof call['startedAt'] === 'number' ? call['startedAt'] : now;
  const day = dateOf(startedAt).toISOString().slice(0, 10).split('-');
  // A call id is a token of a subject: letters, digits, - and _ only.
  const file = `${call['callId'] as string}.json`;
  return [...(prefix === undefined ? [] : [prefix.replace(/^\/|\/$/g, '')]), ...day, file].join('/');
}

/** Written beside its place and moved there: a reader sees all of it or nothing. */
async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.part`;
  const file = await open(partial, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EBUSY', 'EIO']);

async function intoFolder(path: string, text: string): Promise<Outcome> {
  try {
    await writeWhole(path, text);
    return { result: 'done', data: { output: { file: path } } };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'no reason given';
    const detail = `the file cannot be written (${reason})`;
    return { result: FULL.has(reason) ? 'retry' : 'fatal', code: 'archive_unwritable', detail };
  }
}

async function intoStore(
  agent: Agent,
  { endpoint, bucket, region = 'us-east-1', accessKeyId, secretAccessKey }: S3Options,
  file: { readonly name: string; readonly text: string },
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Outcome> {
  const url = `${endpoint.replace(/\/$/, '')}/${bucket}/${file.name}`;
  const datetime = dateOf(clock.now())
    .toISOString()
    .replace(/[:-]|\.\d{3}/g, '');
  const signer = new AwsV4Signer({
    method: 'PUT',
    url,
    headers: {
      'content-type': 'application/json',
      'x-amz-content-sha256': createHash('sha256').update(file.text).digest('hex'),
    },
    body: file.text,
    service: 's3',
    region,
    accessKeyId,
    secretAccessKey,
    datetime,
  });
  const signed = await signer.sign();
  const headers = Object.fromEntries(signed.headers as unknown as Iterable<[string, string]>);
  const request = { method: 'PUT', url: signed.url, headers, body: file.text } as const;
  const outcome = outcomeOfAnswer(await sendRequest(agent, request, signal), clock.now());
  return outcome.result === 'done' ? { result: 'done', data: { output: { url } } } : outcome;
}

/** Outcomes: `done` with where it is; `retry`; `fatal` with `archive_unwritable` or `http_<status>`. */
export function defineArchive(options: ArchiveOptions, clock: Clock): ShippedDefinition {
  const { prefix, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const agent = new Agent();
  return {
    manifest: shippedManifest('archive', timeoutMs),
    prepare(input) {
      const name = nameOf(input, prefix, clock.now());
      const content = { record: input.call, transcript: input.transcript };
      const text = `${JSON.stringify(content)}\n`;
      const to = 'folder' in options ? join(options.folder, name) : `${options.s3.bucket}/${name}`;
      return {
        shows: { to, body: { record: input.call, transcriptLines: input.transcript.length } },
        send: (signal) =>
          'folder' in options
            ? intoFolder(to, text)
            : intoStore(agent, options.s3, { name, text }, { clock, signal }),
      };
    },
    close: () => agent.destroy(),
  };
}
