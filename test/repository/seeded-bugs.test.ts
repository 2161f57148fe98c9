/** Every seeded bug still fits the source, and the published table tells what noticed each. The hunt itself: `npm run mutants`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCaught } from '../../scripts/pages/seeded-bugs-page.ts';
import { SEEDED_BUGS } from '../seeded-bugs/index.ts';

const root = join(import.meta.dirname, '../..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('seeded bugs', () => {
  it('are many, each with an id of its own', () => {
    expect(SEEDED_BUGS.length).toBeGreaterThanOrEqual(24);
    expect(new Set(SEEDED_BUGS.map(({ id }) => id)).size).toBe(SEEDED_BUGS.length);
  });

  it('each stand exactly once in the source; cure: adapt its pattern in test/seeded-bugs, then npm run mutants -- <id>', () => {
    const astray = SEEDED_BUGS.filter(({ file, search }) => textOf(file).split(search).length !== 2);
    expect(astray.map(({ id, file }) => `${id} in ${file}`)).toEqual([]);
  });

  it('each change something, and name tests that are there', () => {
    for (const { search, replace, suspects } of SEEDED_BUGS) {
      expect(replace).not.toBe(search);
      expect(suspects.length).toBeGreaterThan(0);
      expect(suspects.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    }
  });

  it('were each noticed by a test that is there; cure: npm run mutants -- <id>', () => {
    const caught = readCaught();
    expect(SEEDED_BUGS.filter(({ id }) => caught[id] === undefined).map(({ id }) => id)).toEqual([]);
    expect(Object.keys(caught).filter((id) => !SEEDED_BUGS.some((bug) => bug.id === id))).toEqual([]);
    for (const { test } of Object.values(caught)) expect(existsSync(join(root, test)), test).toBe(true);
  });
});
