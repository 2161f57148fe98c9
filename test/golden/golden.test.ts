/** Recorded calls, folded by this build: the same records, byte for byte (invariant 17). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callRecordSchema } from '../../src/contract/call-record.ts';
import { checkpointOf, readGoldenLog, refoldGolden, writeGoldenLog } from '../../src/testing/golden/index.ts';
import type { GoldenCheckpoint, GoldenLog, GoldenResult } from '../../src/testing/golden/index.ts';

const FOLDER = join(import.meta.dirname, 'calls');

/** What has to be among them. */
const KINDS = [
  'farewell-spoken',
  'farewell-reply',
  'caller-left',
  'line-ended',
  'operator-kill',
  'gateway-lost',
  'media-lost',
  'no-answer',
  'longest-call',
  'livekit-room',
  'transfer',
  'recovery',
  'era-change',
  'dead-letter-function',
  'dead-letter-leg',
  'observe',
  'backstop',
  'barge-in-lock',
  'barge-in-resume',
  'quarantined',
];

const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ndjson'))
  .map((file) => file.slice(0, -'.ndjson'.length));

function logOf(name: string): GoldenLog {
  return readGoldenLog(readFileSync(join(FOLDER, `${name}.ndjson`), 'utf8'));
}

interface Expected extends GoldenResult {
  readonly checkpoint: GoldenCheckpoint;
}

function expectedOf(name: string): Expected {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Expected;
}

/** Keys in their order: a record is compared as the bytes in which it is published. */
const bytes = (value: unknown): string => JSON.stringify(value);

describe('golden calls', () => {
  it('are of every kind', () => {
    expect(names).toEqual(expect.arrayContaining(KINDS));
  });

  it.each(names)('%s folds to the records that were published when it was recorded', (name) => {
    const log = logOf(name);
    const { checkpoint: _half, ...expected } = expectedOf(name);
    expect(expected.records.length).toBeGreaterThan(0);
    expect(bytes(refoldGolden(log))).toBe(bytes(expected));
    for (const record of expected.records) expect(callRecordSchema.safeParse(record).error).toBeUndefined();
    expect(writeGoldenLog(log)).toBe(readFileSync(join(FOLDER, `${name}.ndjson`), 'utf8'));
  });

  it.each(names)('%s goes on from its stored checkpoint to the same end (invariant 26)', (name) => {
    const { checkpoint, ...expected } = expectedOf(name);
    const resumed = refoldGolden(logOf(name), checkpoint);
    expect(bytes({ state: resumed.state, final: resumed.final })).toBe(
      bytes({ state: expected.state, final: expected.final }),
    );
    expect(bytes(expected.records).endsWith(bytes(resumed.records).slice(1))).toBe(true);
  });

  it('notice a message that is missing, and another checkpoint', () => {
    const log = logOf('farewell-spoken');
    const without = log.messages.filter(({ subject }) => !subject.endsWith('.end.requested'));
    expect(bytes(refoldGolden({ ...log, messages: without }))).not.toBe(bytes(refoldGolden(log)));
    const half = checkpointOf(log) as GoldenCheckpoint;
    const blank = { ...half, entry: { ...half.entry, timers: {}, effects: {} } };
    expect(bytes(refoldGolden(log, blank))).not.toBe(bytes(refoldGolden(log)));
  });
});
