/** Types of `import-rule.mjs` for the tests. */
export interface ImportViolation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  readonly cure: string | undefined;
}

export const ruleNames: readonly string[];

export function checkImports(
  root: string,
  folders: readonly string[],
): Promise<{
  readonly modules: number;
  readonly dependencies: number;
  readonly violations: readonly ImportViolation[];
}>;
