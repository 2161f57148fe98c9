/** One run over every test. Tests start real servers, so files share the machine with care. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Bounds, not expectations: a test waits for conditions, and these end one that waits in vain.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Processes, since some tests signal or exit theirs.
    pool: 'forks',
    // A forgotten `.only` would hide every other test of its file.
    allowOnly: false,
  },
});
