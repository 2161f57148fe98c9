/**
 * Rules of this repository that no linter knows, as data: which files, what offends, and the cure
 * that the failing test prints. Each carries a sample that breaks it, to prove that it bites.
 */

export interface TidyRule {
  readonly name: string;
  readonly applies: (path: string) => boolean;
  /** Is this file, or this line of it, at fault? `code` is the text without comments. */
  readonly offends: (file: { readonly text: string; readonly code: string }) => boolean;
  readonly cure: string;
  /** Path → why it may break the rule. Best empty. */
  readonly exempt: Readonly<Record<string, string>>;
  readonly sample: { readonly path: string; readonly text: string };
}

const LINES_MAX = 400;

/** Put together, so that this file does not break its own rule. */
const MARKERS = ['TO', 'FIX'].map((start) => `${start}${start === 'TO' ? 'DO' : 'ME'}`);

const isScript = (path: string): boolean => /\.(ts|mjs)$/.test(path) && !path.endsWith('.d.mts');
const isSource = (path: string): boolean => isScript(path) && /^(src|machines)\//.test(path);
const isTimed = (path: string): boolean => isSource(path) && !/^src\/(clock|cli)\//.test(path);
const isText = (path: string): boolean => !/\.(png|ico|woff2?|wasm)$/.test(path) && path !== 'LICENSE';

function matches(pattern: RegExp, part: 'text' | 'code' = 'code'): TidyRule['offends'] {
  return (file) => pattern.test(file[part]);
}

export const TIDY_RULES: readonly TidyRule[] = [
  {
    name: `a source file has at most ${LINES_MAX} lines`,
    applies: isSource,
    offends: ({ text }) => text.split('\n').length > LINES_MAX + 1,
    cure: 'one concept, one file: move a second noun into a file of its own',
    exempt: {},
    sample: { path: 'src/long.ts', text: 'x\n'.repeat(LINES_MAX + 1) },
  },
  {
    name: 'a file opens with a paragraph about itself',
    // Not the files that tests feed to the program, as end functions.
    applies: (path) => isScript(path) && !/^test\/.*\/functions\//.test(path),
    offends: ({ text }) => !/^(#!.*\n)?(\/\*\*|\/\/)/.test(text),
    cure: 'begin with /** … */: what the file is for, in a sentence or two',
    exempt: {},
    sample: { path: 'src/silent.ts', text: 'export const a = 1;\n' },
  },
  {
    name: 'exports have names',
    applies: isSource,
    offends: matches(/^export default\b/m),
    cure: 'export const, function or class, so that every importer uses the same name',
    exempt: {},
    sample: { path: 'src/default.ts', text: 'export default 1;\n' },
  },
  {
    name: 'nothing is typed any',
    applies: isScript,
    offends: matches(/(?<![?'"\w])(?::|\bas)\s+any\b|[<]any\b|\bany\[\]/),
    cure: 'use unknown and narrow it, or the real type',
    exempt: {},
    sample: { path: 'src/any.ts', text: ['const a = b as', 'any;\n'].join(' ') },
  },
  {
    name: 'work left to do is not in a comment',
    applies: isText,
    offends: matches(new RegExp(`\\b(${MARKERS.join('|')})\\b`), 'text'),
    cure: 'do it, or delete the comment',
    exempt: {},
    sample: { path: 'src/later.ts', text: `// ${MARKERS[0]}: later\n` },
  },
  {
    name: 'time, timers and chance are arguments',
    applies: isTimed,
    offends: matches(
      /\bnew Date\(\)|\bDate\.now\b|\bMath\.random\b|\bperformance\.now\b|\bset(Timeout|Interval)\b/,
    ),
    cure: 'take a Clock (src/clock/clock.ts), or the value itself, as an argument',
    exempt: {},
    sample: { path: 'src/actors/now.ts', text: 'const at = Date.now();\n' },
  },
  {
    name: 'a test is neither skipped nor alone',
    applies: (path) => path.startsWith('test/') && path.endsWith('.test.ts'),
    offends: matches(/\b(it|test|describe)(\.\w+)*\.(skip|only|todo|skipIf|runIf|fails)\b/),
    cure: 'make it pass, or delete it; npm test installs what tests need',
    exempt: {},
    sample: { path: 'test/skipped.test.ts', text: ['it', "skip('x', () => {});\n"].join('.') },
  },
  {
    name: 'the lockfile names no registry',
    applies: (path) => path.endsWith('package-lock.json'),
    offends: matches(/"resolved": "http/, 'text'),
    cure: 'npm install --omit-lockfile-registry-resolved',
    exempt: {},
    sample: { path: 'package-lock.json', text: '"resolved": "https://registry.example/x.tgz"\n' },
  },
  {
    name: 'no path of one machine',
    applies: isText,
    offends: matches(
      new RegExp(`(?<![\\w.~*}])/(${['work', 'tmp', 'root', 'Users', 'home'].join('|')})/[a-z0-9]`, 'i'),
      'text',
    ),
    cure: 'use a path relative to the file, os.tmpdir() or os.homedir()',
    exempt: {},
    sample: { path: 'src/path.ts', text: `const path = '${['', 'tmp', 'x'].join('/')}';\n` },
  },
];

/** Without comments. Naive about strings, which is enough for the patterns above. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
