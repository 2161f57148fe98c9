/** `npm run imports`: holds the import rule over this repository. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkImports } from './import-rule.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { modules, dependencies, violations } = await checkImports(root, ['src', 'machines']);

for (const { rule, from, to, cure } of violations) console.error(`${from} → ${to}\n  ${rule}: ${cure}`);
if (modules === 0 || dependencies === 0) {
  console.error(
    'the import checker saw no modules: does dependency-cruiser know this version of TypeScript?',
  );
  process.exitCode = 1;
} else if (violations.length > 0) {
  process.exitCode = 1;
} else {
  console.log(`${modules} modules, ${dependencies} imports, all inward`);
}
