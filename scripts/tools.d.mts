/** Types of `tools.mjs` for the tests. */
export interface Tool {
  readonly name: string;
  readonly env: string;
  /** Debian's package. */
  readonly apt?: string;
  /** What `go install` takes, with its version. */
  readonly go?: string;
  readonly binaries: readonly string[];
  readonly neededFor: readonly string[];
  readonly why: string;
  readonly optional?: boolean;
}

export const tools: readonly Tool[];

export const cacheFolder: string;

export function findTool(
  tool: Tool,
  env?: NodeJS.ProcessEnv,
): { readonly path?: string; readonly problem?: string };
