/**
 * Is `dist` older than what it is made of? Folders count too: deleting a file touches its folder.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Written last by the build, so that an interrupted build is stale. */
export const BUILD_STAMP = 'dist/.built';

const SOURCES = [
  'src',
  'machines',
  'ui',
  'docs/diagrams',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
  'scripts/build.mjs',
];

/** The first path at or below `path` that changed after `sinceMs`, or undefined. */
function changedSince(path, sinceMs) {
  const stat = statSync(path);
  if (stat.mtimeMs > sinceMs) return path;
  if (!stat.isDirectory()) return undefined;
  for (const name of readdirSync(path)) {
    const changed = changedSince(join(path, name), sinceMs);
    if (changed !== undefined) return changed;
  }
  return undefined;
}

/** Why a build is due, as the end of a sentence, or undefined. */
export function staleBuild(root) {
  const stamp = join(root, BUILD_STAMP);
  if (!existsSync(stamp)) return 'there is none yet';
  const builtAtMs = statSync(stamp).mtimeMs;
  for (const source of SOURCES) {
    const path = join(root, source);
    const changed = existsSync(path) ? changedSince(path, builtAtMs) : undefined;
    if (changed !== undefined) return `${changed.slice(root.length + 1)} changed`;
  }
  return undefined;
}
