/**
 * Compiles sources and benchmarks with tsc into a folder of their own, so that every measured process
 * runs what is published and not what a development loader made of it, and a build beside it changes nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export interface Build {
  /** Path of a benchmark's compiled file. */
  file(name: string): string;
  remove(): void;
}

export function build(): Build {
  const folder = mkdtempSync(join(tmpdir(), 'onhook-bench-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(root, 'package.json'), join(folder, 'package.json'));
  const config = join(folder, 'tsconfig.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { noEmit: false, outDir: join(folder, 'dist'), rootDir: root, noCheck: true },
      include: ['src', 'machines', 'bench'].map((name) => join(root, name)),
    }),
  );
  const compiler = join(root, 'node_modules/typescript7/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', config], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.stderr.write('bench: tsc reported problems; measuring what it emitted\n');
  return {
    file: (name) => join(folder, 'dist/bench', `${name}.js`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
