/**
 * `npm run mutants [id …]`: puts one seeded bug at a time into a copy of the source and runs the tests.
 * Every bug must be noticed; exits 1 when one is not. What noticed it is written to `caught.json`
 * beside the bugs, and to `docs/seeded-bugs.md`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closest } from 'fastest-levenshtein';
import { SEEDED_BUGS } from '../test/seeded-bugs/index.ts';
import type { SeededBug } from '../test/seeded-bugs/index.ts';
import { CAUGHT_FILE, readCaught, seededBugsMarkdown } from './pages/seeded-bugs-page.ts';
import type { Caught } from './pages/seeded-bugs-page.ts';
import { readArguments, refuse } from './arguments.ts';
import { hunt, proveTests } from './mutants/hunt.ts';
import { openWorkshop } from './mutants/workshop.ts';

const root = join(import.meta.dirname, '..');

const HELP = `
npm run mutants -- [--list] [id …]

Puts one seeded bug at a time into a copy of the source and runs the tests: each must be noticed. What
noticed it is written to ${CAUGHT_FILE} and to docs/seeded-bugs.md. There are ${SEEDED_BUGS.length}: all of them take long.

  --list   only shows what the bugs are
  id …     only these

Examples:
  npm run mutants -- --list
  npm run mutants -- ${SEEDED_BUGS[0]?.id ?? ''}

Exit codes: 0 each was noticed, 1 one was not, 2 wrong usage.`;

const { values, positionals } = readArguments(HELP, { list: { type: 'boolean', default: false } }, true);

const unknown = positionals.find((id) => !SEEDED_BUGS.some((bug) => bug.id === id));
if (unknown !== undefined) {
  const ids = SEEDED_BUGS.map(({ id }) => id);
  refuse(
    `unknown bug ${unknown}. Did you mean ${closest(unknown, ids)}? npm run mutants -- --list shows all`,
  );
}
const chosen = SEEDED_BUGS.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
if (values.list) {
  for (const { id, bug } of chosen) console.log(`${id}: ${bug}`);
  process.exit(0);
}

/** Keeps what earlier runs found, except for bugs that are gone. */
function keep(found: ReadonlyMap<string, Caught>): void {
  const before = readCaught();
  const all = SEEDED_BUGS.flatMap(({ id }) => {
    const caught = found.get(id) ?? before[id];
    return caught === undefined ? [] : [[id, caught] as const];
  });
  writeFileSync(join(root, CAUGHT_FILE), `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`);
  writeFileSync(join(root, 'docs/seeded-bugs.md'), seededBugsMarkdown());
}

async function run(bugs: readonly SeededBug[]): Promise<string[]> {
  const workshop = openWorkshop(root);
  const survivors: string[] = [];
  const found = new Map<string, Caught>();
  try {
    console.log(`${bugs.length} bugs; first the tests without any of them …`);
    const { passing, failing } = await proveTests(workshop, bugs);
    for (const test of failing) console.error(`fails without a bug, so it proves nothing: ${test}`);
    for (const [index, bug] of bugs.entries()) {
      const startedAt = performance.now();
      const caught = await hunt(workshop, bug, passing);
      const seconds = Math.round((performance.now() - startedAt) / 1_000);
      const verdict = caught === undefined ? 'SURVIVES' : `${caught.test} > ${caught.title}`;
      console.log(`[${index + 1}/${bugs.length}] ${bug.id}: ${verdict} (${seconds} s)`);
      if (caught === undefined) survivors.push(bug.id);
      else found.set(bug.id, caught);
    }
  } finally {
    workshop.close();
    keep(found);
  }
  return survivors;
}

// Read once more at the end: a pattern must fit what is there now.
for (const { id, file, search } of chosen) {
  if (readFileSync(join(root, file), 'utf8').split(search).length === 2) continue;
  console.error(`${id}: its text does not stand exactly once in ${file}`);
  process.exit(2);
}
const survivors = await run(chosen);
console.log(`${chosen.length - survivors.length} of ${chosen.length} noticed`);
if (survivors.length > 0) {
  console.error(`not noticed: ${survivors.join(', ')}. A test is missing.`);
  process.exitCode = 1;
}
