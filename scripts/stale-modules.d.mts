/** Types of `stale-modules.mjs` for the tests. */
export function staleModules(root: string): string | undefined;
