/** The archive: one JSON file per call, in a folder or in an S3-compatible store that checks the signature. */
import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/clock/manual-clock.ts';
import { defineArchive } from '../../../src/end-functions/shipped/archive.ts';
import { input } from '../fixture.ts';
import { signal, stage } from './receiver.ts';
import type { Received, Stage } from './receiver.ts';

let on: Stage;
let folder: string;
beforeEach(async () => {
  on = stage();
  folder = await mkdtemp(join(tmpdir(), 'onhook-archive-'));
});
afterEach(async () => {
  await on.close();
  await rm(folder, { recursive: true });
});

const clock = new ManualClock(Date.UTC(2026, 10, 21, 1));
const given = { ...input, call: { ...input.call, startedAt: Date.UTC(2026, 10, 20, 23, 59) } };
const NAME = '2026/11/20/CA1.json';

describe('in a folder', () => {
  it('is one whole file by the day of the call, and a repeat leaves the same', async () => {
    const archive = on.ship(defineArchive({ folder, prefix: '/calls/' }, clock));
    const file = join(folder, 'calls', NAME);
    expect(await archive.run(given, { signal })).toEqual({ result: 'done', data: { output: { file } } });
    const first = await readFile(file, 'utf8');
    expect(JSON.parse(first)).toEqual({ record: given.call, transcript: given.transcript });
    await archive.run(given, { signal });
    expect(await readFile(file, 'utf8')).toBe(first);
    expect(await readdir(join(folder, 'calls', '2026/11/20'))).toEqual(['CA1.json']);
  });

  it('that cannot be written is a dead letter at once', async () => {
    await writeFile(join(folder, 'taken'), '');
    const archive = on.ship(defineArchive({ folder: join(folder, 'taken') }, clock));
    expect(await archive.run(given, { signal })).toMatchObject({
      result: 'fatal',
      code: 'archive_unwritable',
    });
  });

  it('stays empty in the sandbox', async () => {
    const archive = on.ship(defineArchive({ folder }, clock));
    expect(await archive.run(given, { signal, sandbox: true })).toMatchObject({ result: 'done' });
    expect(archive.shown).toMatchObject([{ to: join(folder, NAME) }]);
    expect(await readdir(folder)).toEqual([]);
  });
});

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'planted/secret+key' };

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** AWS Signature Version 4, written from its specification, so that it checks and does not repeat. */
function isSigned({ method, path, headers, body }: Received, secret: string): boolean {
  const authorization = headers.authorization ?? '';
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
      authorization,
    );
  if (found === null) return false;
  const [, , day = '', region = '', names = '', signature] = found;
  const canonical = names
    .split(';')
    .map((name) => `${name}:${String(headers[name])}\n`)
    .join('');
  const hash = String(headers['x-amz-content-sha256']);
  const request = [method, path, '', canonical, names, hash].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(request)].join('\n');
  const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secret}`, day), region));
  return hash === sha256(body) && hmac(key, text).toString('hex') === signature;
}

describe('in an S3-compatible store', () => {
  async function store(secret = KEYS.secretAccessKey) {
    const { url, received } = await on.receive((got) => ({ status: isSigned(got, secret) ? 200 : 403 }));
    const s3 = { endpoint: url, bucket: 'calls', region: 'eu-central-1', ...KEYS };
    return { archive: on.ship(defineArchive({ s3, prefix: 'onhook' }, clock)), received, url };
  }

  it('is put under its name with a signature that the store can verify', async () => {
    const { archive, received, url } = await store();
    const output = { url: `${url}/calls/onhook/${NAME}` };
    expect(await archive.run(given, { signal })).toEqual({ result: 'done', data: { output } });
    expect(received).toMatchObject([
      { method: 'PUT', path: `/calls/onhook/${NAME}`, headers: { 'x-amz-date': '20261121T010000Z' } },
    ]);
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ record: given.call });
  });

  it('is refused by a store that knows another secret, and the secret is nowhere', async () => {
    const { archive } = await store('another');
    const outcome = await archive.run(given, { signal });
    expect(outcome).toEqual({ result: 'fatal', code: 'http_403' });
    await archive.run(given, { signal, sandbox: true });
    expect(JSON.stringify(archive.shown)).not.toContain(KEYS.secretAccessKey);
  });
});
