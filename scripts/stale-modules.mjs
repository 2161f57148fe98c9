/**
 * Are the npm packages those of the lockfile? npm leaves a lockfile of what it installed in
 * `node_modules/.package-lock.json`; comparing the two needs no stamp of ours and no network.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

function packagesOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/** Why an install is due, as the end of a sentence, or undefined. */
export function staleModules(root) {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return 'node_modules is missing or incomplete';
  const installed = packagesOf(installedPath);
  for (const [path, wanted] of Object.entries(packagesOf(join(root, 'package-lock.json')))) {
    if (path === '') continue;
    const found = installed[path];
    // Builds for other platforms are in the lockfile and rightly not installed.
    if (found === undefined && (wanted.optional ?? wanted.devOptional)) continue;
    if (found === undefined || found.version !== wanted.version || found.integrity !== wanted.integrity) {
      return `${path} is not what package-lock.json names`;
    }
    if (!existsSync(join(root, path))) return `${path} is missing`;
  }
  return undefined;
}
