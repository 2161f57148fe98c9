/** A copy of the working tree in which one file at a time is changed and tests are run. */
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** Longer than every test file takes; a bug may make one wait for ever. */
const RUN_MAX_MS = 300_000;

export interface TestResult {
  /** Relative to the root. */
  readonly file: string;
  readonly title: string;
  readonly passed: boolean;
}

export interface TestRun {
  readonly results: readonly TestResult[];
  /** Files that could not even be loaded. */
  readonly unloaded: readonly string[];
  /** It was ended after {@link RUN_MAX_MS}. */
  readonly late: boolean;
}

export interface Workshop {
  /** Runs `body` with one occurrence of `search` replaced. Throws when there is not exactly one. */
  with<T>(change: { file: string; search: string; replace: string }, body: () => Promise<T>): Promise<T>;
  /** Runs these files, or every part's tests when there is none named. `bail`: ends at the first failure. */
  test(files: readonly string[], options: { readonly bail: boolean }): Promise<TestRun>;
  /** Removes the copy. */
  close(): void;
}

/** Copies what git knows and what it would add; modules are shared. */
export function openWorkshop(root: string): Workshop {
  const place = mkdtempSync(join(tmpdir(), 'onhook-mutants-'));
  const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], {
    cwd: root,
    maxBuffer: 2 ** 26,
  });
  for (const path of listed.toString('utf8').split('\0')) {
    if (path === '' || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(place, path)), { recursive: true });
    cpSync(join(root, path), join(place, path));
  }
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  return {
    async with({ file, search, replace }, body) {
      const path = join(place, file);
      const before = readFileSync(path, 'utf8');
      const [start, end, ...more] = before.split(search);
      if (start === undefined || end === undefined || more.length > 0) {
        throw new TypeError(`not exactly once in ${file}: ${search}`);
      }
      writeFileSync(path, `${start}${replace}${end}`);
      try {
        return await body();
      } finally {
        writeFileSync(path, before);
      }
    },
    test: (files, { bail }) => runTests(place, files, bail),
    close: () => rmSync(place, { recursive: true, force: true }),
  };
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
    readonly status: string;
  }[];
}

async function runTests(place: string, files: readonly string[], bail: boolean): Promise<TestRun> {
  const output = join(place, 'mutant-report.json');
  rmSync(output, { force: true });
  const args = [
    'run',
    '--project',
    'parts',
    '--project',
    'search',
    '--reporter',
    'json',
    '--outputFile',
    output,
    ...(bail ? ['--bail', '1'] : []),
  ];
  const child = spawn(process.execPath, [join(place, 'node_modules/vitest/vitest.mjs'), ...args, ...files], {
    cwd: place,
    env: { ...process.env, CI: '1', NO_COLOR: '1' },
    stdio: 'ignore',
    // A group of its own, so that what its tests started ends with it.
    detached: true,
  });
  let late = false;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, RUN_MAX_MS);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  if (!existsSync(output)) return { results: [], unloaded: [], late };
  return { ...read(place, JSON.parse(readFileSync(output, 'utf8')) as Report), late };
}

function read(place: string, { testResults }: Report): Omit<TestRun, 'late'> {
  const results = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ title, status }) => ({ file: relative(place, name), title, passed: status === 'passed' })),
  );
  const unloaded = testResults
    .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
    .map(({ name }) => relative(place, name));
  return { results, unloaded };
}
