/** Prometheus's own checker, where it is installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, tools } from '../../scripts/tools.mjs';

/** Of `npm test`, which installs it where it can; undefined: not installed. */
export function promtool(): string | undefined {
  const tool = tools.find(({ name }) => name === 'promtool');
  return tool === undefined ? undefined : findTool(tool).path;
}

export interface Checked {
  readonly status: number | null;
  readonly said: string;
}

/** Runs `promtool <words> <file>` on that text, beside the other files. */
export function check(
  path: string,
  words: readonly string[],
  files: Readonly<Record<string, string>>,
): Checked {
  const folder = mkdtempSync(join(tmpdir(), 'onhook-promtool-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const [first = ''] = Object.keys(files);
    const { status, stdout, stderr } = spawnSync(path, [...words, first], { cwd: folder, encoding: 'utf8' });
    return { status, said: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
