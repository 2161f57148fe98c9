/**
 * `npm run golden [-- --seeds N]`: records calls of simulations that have no golden log yet. An existing
 * log is never written again: it is what later builds are held to. To replace one, remove it by hand.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { numberOf, readArguments } from './arguments.ts';
import { checkpointOf, harvest, refoldGolden, writeGoldenLog } from '../src/testing/golden/index.ts';

const HELP = `
npm run golden -- [--seeds N] [--from S]

Records calls of simulations that have no golden log yet, into test/golden/calls. Later builds must fold
each to the same end. A log that exists is never written again; to replace one, remove it by hand first.

  --seeds N   how many simulations to look through (default: 10)
  --from S    first seed (default: 1)

Example:
  npm run golden -- --from 11 --seeds 50

Exit codes: 0 done, 2 wrong usage.`;

const { values } = readArguments(HELP, { seeds: { type: 'string' }, from: { type: 'string' } });
const seeds = numberOf('--seeds', values.seeds, 10);
const folder = join(import.meta.dirname, '../test/golden/calls');
mkdirSync(folder, { recursive: true });
const known = new Set(readdirSync(folder).map((file) => file.split('.')[0] ?? ''));
const from = numberOf('--from', values.from, 1, 0);

for (let seed = from; seed < from + seeds; seed += 1) {
  for (const log of await harvest(seed, known)) {
    const checkpoint = checkpointOf(log);
    const path = join(folder, `${log.name}.ndjson`);
    if (checkpoint === undefined || existsSync(path)) continue;
    known.add(log.name);
    writeFileSync(path, writeGoldenLog(log));
    writeFileSync(
      join(folder, `${log.name}.json`),
      `${JSON.stringify({ ...refoldGolden(log), checkpoint }, null, 2)}\n`,
    );
    console.log(`recorded ${log.name}: ${log.messages.length} messages, ${log.origin}`);
  }
}
console.log(`${known.size} golden calls`);
