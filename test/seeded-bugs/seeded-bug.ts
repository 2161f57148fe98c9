/** A bug that `npm run mutants` puts into a copy of the source, to see whether a test notices. */

export interface SeededBug {
  /** Stable: the published table and the command line name it. */
  readonly id: string;
  /** What goes wrong, as a sentence without a full stop. */
  readonly bug: string;
  /** File of the source. */
  readonly file: string;
  /** Exact text that occurs once in the file. */
  readonly search: string;
  /** What stands there instead. */
  readonly replace: string;
  /** Test files that are run first. The rest of the tests follows only when none of these notices. */
  readonly suspects: readonly string[];
}
