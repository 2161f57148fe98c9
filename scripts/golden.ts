/**
 * `npm run golden [-- --seeds N]`: records calls of simulations that have no golden log yet. An existing
 * log is never written again: it is what later builds are held to. To replace one, remove it by hand.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkpointOf, harvest, refoldGolden, writeGoldenLog } from '../src/testing/golden/index.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10' }, from: { type: 'string', default: '1' } },
});
const folder = join(import.meta.dirname, '../test/golden/calls');
mkdirSync(folder, { recursive: true });
const known = new Set(readdirSync(folder).map((file) => file.split('.')[0] ?? ''));
const from = Number(values.from);

for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
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
