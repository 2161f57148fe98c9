/** Tests of the command run what is published: it is built once, and only when it is stale. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { staleBuild } from '../scripts/stale-build.mjs';

const ROOT = join(import.meta.dirname, '..');

/** The build failed; its own words are on stderr. */
class BuildFailed extends Error {
  readonly code = 'build_failed';
  constructor(reason: string) {
    super(`dist is stale (${reason}) and cannot be built: run \`npm run build\` and repair what tsc names`);
    this.name = 'BuildFailed';
  }
}

/** Vitest's global setup. Throws {@link BuildFailed}. */
export function setup(): void {
  const reason = staleBuild(ROOT);
  if (reason === undefined) return;
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.mjs')], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new BuildFailed(reason);
}
