/**
 * Builds `dist` with tsc, the only compiler of this repository, and makes the command executable.
 * As the `prepare` script of npm (`--prepare`) it steps aside where dist is current, or where
 * there is nothing to build with, as after `npm ci --omit=dev`.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD_STAMP, staleBuild } from './stale-build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// `typescript` is 6, for tools that read its API: dependency-cruiser sees no module through 7.
const compiler = join(root, 'node_modules/typescript7/bin/tsc');

if (process.argv.includes('--prepare')) {
  // npx runs `prepare` too when it links this package; what is current need not be built again.
  if (process.env.ONHOOK_SKIP_PREPARE === '1' || staleBuild(root) === undefined) process.exit(0);
  if (!existsSync(compiler)) {
    process.stderr.write('prepare: development packages are absent, so dist is not built\n');
    process.exit(0);
  }
}

const startedAt = new Date();
rmSync(join(root, 'dist'), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
if (status !== 0) process.exit(1);
// Not at the top: without development packages there is no bundler, and the lines above step aside.
const { bundleDashboard } = await import('../ui/bundle.mjs');
await bundleDashboard(join(root, 'dist/ui'));
// `machine export --format svg` prints them.
cpSync(join(root, 'docs/diagrams'), join(root, 'dist/docs/diagrams'), { recursive: true });

const command = join(root, 'dist/src/cli/main.js');
if (existsSync(command)) chmodSync(command, 0o755);
// As old as the start of the build: a source edited during it makes the build stale.
const stamp = join(root, BUILD_STAMP);
writeFileSync(stamp, '');
utimesSync(stamp, startedAt, startedAt);
