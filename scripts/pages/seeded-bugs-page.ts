/** The page `docs/seeded-bugs.md`: which test noticed which seeded bug, in the last run of `npm run mutants`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SEEDED_BUGS } from '../../test/seeded-bugs/index.ts';

const root = join(import.meta.dirname, '../..');

/** Written by `npm run mutants`. */
export const CAUGHT_FILE = 'test/seeded-bugs/caught.json';

/** The first test that failed with the bug and passes without it. */
export interface Caught {
  /** Its file, relative to the root. */
  readonly test: string;
  readonly title: string;
}

/** Id of the bug → what noticed it. Empty before the first run. */
export function readCaught(): Readonly<Record<string, Caught>> {
  const path = join(root, CAUGHT_FILE);
  if (!existsSync(path)) return {};
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Caught>;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** Markdown. A bug that no run has tried yet shows `-`. */
export function seededBugsMarkdown(): string {
  const caught = readCaught();
  const rows = SEEDED_BUGS.map(({ id, bug, file }) => {
    const found = caught[id];
    const place = `[${file}](../${file})`;
    if (found === undefined) return `| \`${id}\` | ${cell(bug)} | ${place} | - | - |`;
    const test = `[${found.test.replace(/^test\//, '')}](../${found.test})`;
    return `| \`${id}\` | ${cell(bug)} | ${place} | ${test} | ${cell(found.title)} |`;
  });
  const known = SEEDED_BUGS.filter(({ id }) => caught[id] !== undefined).length;
  return `# Seeded bugs

Tests are tested too: \`npm run mutants\` puts one of these bugs at a time into a copy of the source and runs the tests.
Every one must be noticed, by a test that passes without it; \`npm run mutants -- <id>\` tries one again. This page shows
the test that failed first in the last run. The bugs are exact replacements, in \`test/seeded-bugs\`.

Noticed: ${known} of ${SEEDED_BUGS.length}.

| Bug | What goes wrong | Where | Noticed by | Test |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
