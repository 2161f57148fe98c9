/**
 * A Python with packages in it, in the cache folder of this checkout; nothing is installed elsewhere. The
 * second run finds what the first one installed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../scripts/tools.mjs';

/** pip gives up after this: a registry that cannot be reached is no reason to wait. */
const INSTALL_TIMEOUT_MS = 900_000;

/** `{python}`, or undefined after one line that says what is missing. */
export function pythonWith(packages) {
  const name = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12);
  const folder = join(cacheFolder, `python-${name}`);
  const python = join(folder, 'bin/python');
  // Written last: an environment that was interrupted half-way is made anew.
  const complete = join(folder, 'installed');
  if (existsSync(complete)) return { python };
  rmSync(folder, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  if (succeeds('python3', ['-m', 'venv', folder]) && succeeds(python, pip)) {
    writeFileSync(complete, `${packages.join('\n')}\n`);
    return { python };
  }
  console.log(`skipped: no Python 3 with venv here, or pip could not install ${packages.join(', ')}`);
  rmSync(folder, { recursive: true, force: true });
  return undefined;
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS }).status === 0;
}
