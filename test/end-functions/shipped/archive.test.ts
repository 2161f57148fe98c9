/** The archive: one JSON file per call, in a folder or in an S3-compatible store that checks the signature. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../src/clock/manual-clock.ts';
import { defineArchive } from '../../../src/end-functions/shipped/archive.ts';
import { input } from '../fixture.ts';
import { signal, stage } from './receiver.ts';
import type { Stage } from './receiver.ts';
import { isSigned } from './signature-v4.ts';
import type { SignedRequest } from './signature-v4.ts';

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

/** Documentation of Amazon S3, "Authenticating Requests: transferring payload in a single chunk", examples. */
const AWS = { secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', date: '20130524T000000Z' };
const VECTORS: readonly SignedRequest[] = [
  {
    method: 'PUT',
    path: '/test%24file.text',
    body: 'Welcome to Amazon S3.',
    headers: {
      host: 'examplebucket.s3.amazonaws.com',
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-date': AWS.date,
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,' +
        'Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    },
  },
  {
    method: 'GET',
    path: '/test.txt',
    body: '',
    headers: {
      host: 'examplebucket.s3.amazonaws.com',
      range: 'bytes=0-9',
      'x-amz-date': AWS.date,
      'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
  },
];

it.each(VECTORS)('the check of signatures holds against what AWS publishes: $method', (vector) => {
  expect(isSigned(vector, AWS.secret)).toBe(true);
  expect(isSigned({ ...vector, body: `${vector.body} ` }, AWS.secret)).toBe(false);
  expect(isSigned({ ...vector, path: `${vector.path}.bak` }, AWS.secret)).toBe(false);
  expect(isSigned(vector, `${AWS.secret}=`)).toBe(false);
});

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
