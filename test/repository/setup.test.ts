/** What `npm start` and `npm test` do first: notice what is missing or stale, and nothing else. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { staleBuild } from '../../scripts/stale-build.mjs';
import { staleModules } from '../../scripts/stale-modules.mjs';
import { findTool, tools } from '../../scripts/tools.mjs';

const repository = join(import.meta.dirname, '../..');

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'onhook-setup-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string, at = 1_000_000): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  utimesSync(join(root, path), at, at);
}

function lockfile(packages: Record<string, object>): string {
  return JSON.stringify({ packages });
}

describe('npm packages', () => {
  const wanted = { 'node_modules/a': { version: '1.0.0', integrity: 'x' } };
  const foreign = { 'node_modules/b': { version: '1.0.0', optional: true } };

  it('are stale when missing, other than the lockfile says, or deleted', () => {
    write('package-lock.json', lockfile({ '': {}, ...wanted, ...foreign }));
    expect(staleModules(root)).toContain('missing');
    write(
      'node_modules/.package-lock.json',
      lockfile({ 'node_modules/a': { version: '0.9.0', integrity: 'y' } }),
    );
    expect(staleModules(root)).toContain('node_modules/a');
    write('node_modules/.package-lock.json', lockfile(wanted));
    expect(staleModules(root)).toContain('is missing');
  });

  it('are not stale when all are there, builds for other platforms aside', () => {
    write('node_modules/a/package.json', '{}');
    expect(staleModules(root)).toBeUndefined();
  });

  it('of this repository include the builds for all platforms in the lockfile, as npm ci demands', () => {
    const checked = spawnSync(
      process.execPath,
      [join(repository, 'scripts/complete-lockfile.mjs'), '--check'],
      {
        encoding: 'utf8',
      },
    );
    expect(checked.stderr).toBe('');
    expect(checked.status).toBe(0);
  });
});

describe('the build', () => {
  it('is stale when there is none, when a source is newer, and when a source was deleted', () => {
    write('src/a.ts', '');
    expect(staleBuild(root)).toBe('there is none yet');
    write('dist/.built', '', 2_000_000);
    write('src/a.ts', '', 3_000_000);
    expect(staleBuild(root)).toBe('src changed');
    utimesSync(join(root, 'src'), 1_000_000, 1_000_000);
    expect(staleBuild(root)).toBe('src/a.ts changed');
  });

  it('is not stale when all sources are older', () => {
    write('src/a.ts', '');
    utimesSync(join(root, 'src'), 1_000_000, 1_000_000);
    expect(staleBuild(root)).toBeUndefined();
  });
});

describe('programs', () => {
  const [natsServer] = tools.filter(({ name }) => name === 'nats-server');

  it('are taken from the environment first, then from PATH', () => {
    if (natsServer === undefined) throw new TypeError('nats-server is not among the tools');
    write('bin/nats-server', '#!/bin/sh\n');
    chmodSync(join(root, 'bin/nats-server'), 0o755);
    const path = join(root, 'bin/nats-server');
    expect(findTool(natsServer, { PATH: join(root, 'bin') })).toEqual({ path });
    expect(findTool(natsServer, { ONHOOK_NATS_SERVER: path, PATH: '' })).toEqual({ path });
  });

  it('that the environment names and that do not run are a problem, not a search', () => {
    if (natsServer === undefined) throw new TypeError('nats-server is not among the tools');
    const found = findTool(natsServer, {
      ONHOOK_NATS_SERVER: join(root, 'nowhere'),
      PATH: join(root, 'bin'),
    });
    expect(found.problem).toContain('is not an executable file');
  });
});
