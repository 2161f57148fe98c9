/** A Python with packages in it, in a temporary folder of its own; nothing is installed elsewhere. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** pip gives up after this: a registry that cannot be reached is no reason to wait. */
const INSTALL_TIMEOUT_MS = 540_000;

/** `{python, remove}`, or undefined after one line that says what is missing. */
export function pythonWith(packages) {
  const folder = mkdtempSync(join(tmpdir(), 'onhook-python-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const python = join(folder, 'bin/python');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  const made =
    succeeds('python3', ['-m', 'venv', folder]) && succeeds(python, pip) ? { python, remove } : undefined;
  if (made !== undefined) return made;
  console.log(`skipped: no Python 3 with venv here, or pip could not install ${packages.join(', ')}`);
  remove();
  return undefined;
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: INSTALL_TIMEOUT_MS }).status === 0;
}
