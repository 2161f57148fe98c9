/**
 * Numbered rules of the documents, and where code, tests and documents cite them (`log rule 17`,
 * `rows 61, 62`, `field rules 1 to 16`). Reads files of the repository; writes nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What is numbered: the words with which it is cited, its document, and how many there are. */
export const NUMBERED = {
  'log rule': { title: 'Log rules', document: 'docs/log-protocol.md', count: 42 },
  row: { title: 'Rows of the decision table', document: 'docs/decision-table.md', count: 65 },
  'rule R': { title: 'Rules of the decision table', document: 'docs/decision-table.md', count: 11 },
  'field rule': { title: 'Field rules', document: 'docs/field-rules.md', count: 62 },
  invariant: { title: 'Invariants', document: 'docs/invariants.md', count: 34 },
} as const;

export type Numbered = keyof typeof NUMBERED;

export interface Citation {
  readonly kind: Numbered;
  readonly number: number;
  /** It stands between the ends of a range and is not written itself. */
  readonly implied: boolean;
}

/** A citation may go on in the next line of a comment. */
const LINE_OF_COMMENT = /\n\s*(?:\*|\/\/)?\s*/g;
const LIST = String.raw`\d+(?:(?:,? and |, | to )R?\d+)*`;
const CITATION = new RegExp(
  String.raw`\b(log rule|field rule|invariant|row)s? (${LIST})|\b(rule)s? R(${LIST})`,
  'gi',
);

/** Every citation in a text, in order. */
export function citationsIn(text: string): Citation[] {
  const flat = text.replaceAll(LINE_OF_COMMENT, ' ');
  return [...flat.matchAll(CITATION)].flatMap(([, word, numbers, ofTable, tableNumbers]) => {
    const kind = ofTable === undefined ? ((word ?? '').toLowerCase() as Numbered) : 'rule R';
    return expand((numbers ?? tableNumbers ?? '').replaceAll('R', '')).map((one) => ({ kind, ...one }));
  });
}

type Place = Omit<Citation, 'kind'>;

function expand(list: string): Place[] {
  return list.split(/,? and |, /).flatMap((part): Place[] => {
    const [first = 0, last = first] = part.split(' to ').map(Number);
    if (last === first) return [{ number: first, implied: false }];
    return Array.from({ length: last - first + 1 }, (_, i) => ({ number: first + i, implied: true }));
  });
}

/** The numbers that a document defines: items of its lists, rows of its table, `**R5. …**`. */
export function definedIn(kind: Numbered): number[] {
  const patterns: Readonly<Record<Numbered, RegExp>> = {
    'log rule': /^(\d+)\. /gm,
    'field rule': /^(\d+)\. /gm,
    invariant: /^(\d+)\. /gm,
    row: /^\| (\d+) +\|/gm,
    'rule R': /^\*\*R(\d+)\b/gm,
  };
  const text = readFileSync(join(root, NUMBERED[kind].document), 'utf8');
  return [...text.matchAll(patterns[kind])].map(([, number]) => Number(number));
}

/** Path and text of every file below the folders whose name ends as given. Sorted by path. */
export function filesOf(
  folders: readonly string[],
  endings: readonly string[],
): { path: string; text: string }[] {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return paths
    .map((path) => ({ path: path.slice(root.length + 1), text: readFileSync(path, 'utf8') }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
