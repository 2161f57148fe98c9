/**
 * Runs the import rule over a folder. A function, so that the test that plants violations and the
 * command that checks this repository are the same code.
 */
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { join } from 'node:path';
import config from '../.dependency-cruiser.mjs';

export const ruleNames = config.forbidden.map((rule) => rule.name);

/**
 * `{modules, violations}`: how many of our modules were seen (0 = the checker is blind, as it is
 * with a TypeScript that it does not know) and what breaks a rule, each with its cure.
 */
export async function checkImports(root, folders) {
  const { enhancedResolveOptions, tsConfig, ...options } = config.options;
  const cruiseOptions = {
    ...options,
    baseDir: root,
    validate: true,
    ruleSet: { forbidden: config.forbidden },
  };
  const types = { tsConfig: extractTSConfig(join(root, tsConfig.fileName)) };
  const { output } = await cruise(folders, cruiseOptions, enhancedResolveOptions, types);
  const cures = new Map(config.forbidden.map((rule) => [rule.name, rule.comment]));
  return {
    modules: output.modules.filter(
      (module) => module.source.endsWith('.ts') && !module.source.includes('node_modules'),
    ).length,
    dependencies: output.modules.reduce((sum, module) => sum + module.dependencies.length, 0),
    violations: output.summary.violations.map(({ rule, from, to }) => ({
      rule: rule.name,
      from,
      to,
      cure: cures.get(rule.name),
    })),
  };
}
