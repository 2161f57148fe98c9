/** The page `docs/coverage.md`: which tests name which numbered rule. Made from the tests as they are. */
import type { Numbered } from './citations.ts';
import { citationsIn, filesOf, NUMBERED } from './citations.ts';
import { RULE_EXCEPTIONS } from './rule-exceptions.ts';

/** Number → test files that write it. A range in a file's heading names nothing by itself. */
export type Coverage = ReadonlyMap<number, readonly string[]>;

/** Its own examples of citations hold nothing. */
const EXAMPLES = 'test/repository/documents.test.ts';

/** Reads all tests. */
export function coverageOf(kind: Numbered): Coverage {
  const found = new Map<number, Set<string>>();
  for (const { path, text } of filesOf(['test'], ['.ts'])) {
    if (path === EXAMPLES) continue;
    for (const citation of citationsIn(text)) {
      if (citation.kind !== kind || citation.implied) continue;
      const paths = found.get(citation.number) ?? new Set();
      found.set(citation.number, paths.add(path));
    }
  }
  return new Map([...found].map(([number, paths]) => [number, [...paths]]));
}

/** For example `Log rules: 41 of 42, 1 that does not apply`. */
export function coverageLine(kind: Numbered): string {
  const { title, count } = NUMBERED[kind];
  const excepted = Object.keys(RULE_EXCEPTIONS[kind]).length;
  const rest = excepted === 0 ? '' : `, ${excepted} that ${excepted === 1 ? 'does' : 'do'} not apply`;
  return `${title}: ${coverageOf(kind).size} of ${count}${rest}`;
}

/** Numbers that are neither named by a test nor excepted, and exceptions that a test names after all. */
export function coverageGaps(
  kind: Numbered,
  { coverage = coverageOf(kind), exceptions = RULE_EXCEPTIONS[kind] } = {},
): { readonly missing: number[]; readonly idle: number[] } {
  const excepted = Object.keys(exceptions).map(Number);
  const all = Array.from({ length: NUMBERED[kind].count }, (_, i) => i + 1);
  return {
    missing: all.filter((number) => !coverage.has(number) && !excepted.includes(number)),
    idle: excepted.filter((number) => coverage.has(number) || !all.includes(number)),
  };
}

/** Markdown. */
export function coverageMarkdown(): string {
  const kinds = Object.keys(NUMBERED) as Numbered[];
  const sections = kinds.map((kind) => {
    const { title, document, count } = NUMBERED[kind];
    const coverage = coverageOf(kind);
    const rows = Array.from({ length: count }, (_, i) => {
      const files = (coverage.get(i + 1) ?? []).map((path) => `[${path.slice('test/'.length)}](../${path})`);
      const reason = RULE_EXCEPTIONS[kind][i + 1];
      const held =
        files.length > 0 ? files.join(', ') : reason === undefined ? '-' : `_Does not apply:_ ${reason}`;
      return `| ${i + 1} | ${held} |`;
    });
    const name = document.slice('docs/'.length);
    return `## ${title}\n\nFrom [${name}](${name}).\n\n| Number | Tests |\n|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Which tests hold which rule

A test that holds a numbered rule names it. This page is written by \`npm run docs\` and shows the tests as they were
then. \`npm test\` fails when a rule is neither named by a test nor listed, with its reason, in
\`scripts/pages/rule-exceptions.ts\`. Whether the tests would notice is shown in [seeded-bugs.md](seeded-bugs.md).

${kinds.map((kind) => `- ${coverageLine(kind)}`).join('\n')}

${sections.join('\n')}`;
}
