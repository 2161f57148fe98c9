/** One run over every test. Tests start real servers, so files share the machine with care. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests of the command, as it is published: from the sources each start of it would be compiled. */
const COMMAND = 'test/cli/**/*.test.ts';
/** Tests of real processes, which mostly wait for leases, timers and each other. */
const SYSTEM = 'test/system/**/*.test.ts';
/** Tests of the dashboard in a browser: most look at one `onhook dev`, at calls of their own. */
const BROWSER = 'test/browser/**/*.test.ts';
/** Searches: each fills its process with what it saw. */
const SEARCH = ['test/explorer/**/*.test.ts', 'test/simulation/**/*.test.ts'];

/** A minute or more each. A clean checkout knows no durations: they begin first, so that none ends alone. */
const LONG = /\/test\/(explorer\/(faults|pairs)|simulation\/(simulation|checkers))\.test\.ts$/;

const BUILD = 'test/build.ts';

const TOGETHER = {
  // The default leaves a core to the one who watches: on two cores that plays one file at a time.
  maxWorkers: availableParallelism(),
  sequence: { groupOrder: 0 },
};

/** Files of one process, one after the other: a process for each costs more than most tests. */
const SHARED = { isolate: false };

/** Two files: each starts several processes, or a browser. */
const BEHIND = { maxWorkers: 2, sequence: { groupOrder: 1 } };

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // Bounds, not expectations: a test waits for conditions, and these end one that waits in vain.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Processes, since some tests signal or exit theirs.
    pool: 'forks',
    // A forgotten `.only` would hide every other test of its file.
    allowOnly: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: [...SEARCH, COMMAND, SYSTEM, BROWSER],
          ...SHARED,
          ...TOGETHER,
        },
      },
      { extends: true, test: { name: 'search', include: SEARCH, ...TOGETHER } },
      {
        extends: true,
        test: { name: 'command', include: [COMMAND], globalSetup: BUILD, ...SHARED, ...TOGETHER },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: [SYSTEM],
          globalSetup: BUILD,
          testTimeout: 60_000,
          ...BEHIND,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: [BROWSER],
          globalSetup: [BUILD, 'test/browser/dev.ts'],
          testTimeout: 60_000,
          ...BEHIND,
        },
      },
    ],
  },
});
