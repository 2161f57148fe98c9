/** The page `docs/coverage.md`: which tests name which numbered rule. Made from the tests as they are. */
import type { Numbered } from './citations.ts';
import { citationsIn, filesOf, NUMBERED } from './citations.ts';

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

/** For example `Log rules: 30 of 42`. */
export function coverageLine(kind: Numbered): string {
  const { title, count } = NUMBERED[kind];
  return `${title}: ${coverageOf(kind).size} of ${count}`;
}

/** Markdown. */
export function coverageMarkdown(): string {
  const kinds = Object.keys(NUMBERED) as Numbered[];
  const sections = kinds.map((kind) => {
    const { title, document, count } = NUMBERED[kind];
    const coverage = coverageOf(kind);
    const rows = Array.from({ length: count }, (_, i) => {
      const files = (coverage.get(i + 1) ?? []).map((path) => `[${path.slice('test/'.length)}](../${path})`);
      return `| ${i + 1} | ${files.length === 0 ? '-' : files.join(', ')} |`;
    });
    const name = document.slice('docs/'.length);
    return `## ${title}\n\nFrom [${name}](${name}).\n\n| Number | Tests |\n|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Which tests hold which rule

A test that holds a numbered rule names it. This page is written by \`npm run docs\` and shows the tests as they were
then; \`-\` means that no test names the rule, not that nothing holds it.

${kinds.map((kind) => `- ${coverageLine(kind)}`).join('\n')}

${sections.join('\n')}`;
}
