/** Types of `stale-build.mjs` for the tests. */
export function staleBuild(root: string): string | undefined;
