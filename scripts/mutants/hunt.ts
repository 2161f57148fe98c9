/** Does a test notice? First those that ought to, then all others; a failure counts only where the test passes otherwise. */
import type { Caught } from '../pages/seeded-bugs-page.ts';
import type { SeededBug } from '../../test/seeded-bugs/index.ts';
import type { TestResult, Workshop } from './workshop.ts';

/** `file > title` of what passes without any bug. */
export type Passing = Set<string>;

const keyOf = ({ file, title }: TestResult): string => `${file} > ${title}`;

/** Runs every suspect of these bugs once. What fails already is told, and proves nothing afterwards. */
export async function proveTests(
  workshop: Workshop,
  bugs: readonly SeededBug[],
): Promise<{ readonly passing: Passing; readonly failing: readonly string[] }> {
  const files = [...new Set(bugs.flatMap(({ suspects }) => suspects))];
  const { results, unloaded } = await workshop.test(files, { bail: false });
  const passing = new Set(results.filter(({ passed }) => passed).map(keyOf));
  return { passing, failing: [...results.filter(({ passed }) => !passed).map(keyOf), ...unloaded] };
}

/** What noticed the bug; undefined = nothing did. A bug that keeps its tests from loading is none: throws. */
export async function hunt(
  workshop: Workshop,
  bug: SeededBug,
  passing: Passing,
): Promise<Caught | undefined> {
  // At last without a bail: a test that fails anyway would end the run before the others have looked.
  const rounds = [
    { files: bug.suspects, bail: true },
    { files: [], bail: true },
    { files: [], bail: false },
  ];
  for (const { files, bail } of rounds) {
    const { results, unloaded, late } = await workshop.with(bug, () => workshop.test(files, { bail }));
    const [broken] = unloaded.filter((file) => bug.suspects.includes(file) && loads(file, passing));
    if (broken !== undefined) throw new TypeError(`${bug.id} keeps ${broken} from loading: seed another bug`);
    const failed = results.filter(({ passed }) => !passed);
    if (files.length === 0) await learn(workshop, failed, passing);
    const noticed = failed.find((result) => passing.has(keyOf(result)));
    if (noticed !== undefined) return { test: noticed.file, title: noticed.title };
    if (late) return { test: files[0] ?? 'the tests', title: 'the tests did not come to an end' };
    if (files.length === 0 && failed.length === 0 && unloaded.length === 0) return undefined;
  }
  return undefined;
}

/** Some test of that file passes without a bug. */
function loads(file: string, passing: Passing): boolean {
  return [...passing].some((key) => key.startsWith(`${file} > `));
}

/** Runs the files of these failures without the bug, and adds what passes there. */
async function learn(workshop: Workshop, failed: readonly TestResult[], passing: Passing): Promise<void> {
  const files = [...new Set(failed.map(({ file }) => file))];
  if (files.length === 0) return;
  const { results } = await workshop.test(files, { bail: false });
  for (const result of results) if (result.passed) passing.add(keyOf(result));
}
