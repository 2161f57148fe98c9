/** Repository rules as tests: a failure names the file, and the cure. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TIDY_RULES, withoutComments } from './tidy-rules.ts';
import type { TidyRule } from './tidy-rules.ts';

const root = join(import.meta.dirname, '../..');
const ELSEWHERE = new Set(['node_modules', 'dist', 'coverage', '.git', '.onhook', '.cache']);

interface TextFile {
  readonly path: string;
  readonly text: string;
}

function filesBelow(folder: string): TextFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (ELSEWHERE.has(entry.name)) return [];
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [{ path: relative(root, path), text: readFileSync(path, 'utf8') }] : [];
  });
}

function breaks(rule: TidyRule, { path, text }: TextFile): boolean {
  return rule.applies(path) && rule.offends({ text, code: withoutComments(text) });
}

const files = filesBelow(root);

describe('this repository', () => {
  it('was read', () => {
    expect(files.length).toBeGreaterThan(20);
  });

  it.each(TIDY_RULES.map((rule) => [rule.name, rule] as const))('%s', (_name, rule) => {
    const offenders = files.filter((file) => breaks(rule, file) && rule.exempt[file.path] === undefined);
    expect(
      offenders.map(({ path }) => path),
      `cure: ${rule.cure}`,
    ).toEqual([]);
  });

  it.each(TIDY_RULES.map((rule) => [rule.name, rule] as const))('would notice: %s', (_name, rule) => {
    expect(breaks(rule, rule.sample)).toBe(true);
  });

  it('exempts no file that keeps the rule or is gone, and none without a reason', () => {
    const needless = TIDY_RULES.flatMap((rule) =>
      Object.entries(rule.exempt).filter(([path, reason]) => {
        const file = files.find((candidate) => candidate.path === path);
        return reason === '' || file === undefined || !breaks(rule, file);
      }),
    );
    expect(needless).toEqual([]);
  });
});
