/** Every invariant that the simulation checks can fail: a bug that breaks it is found within a few seeds. */
import { expect, it } from 'vitest';
import { CHECKED, simulate } from '../../src/testing/simulation/index.ts';
import { SEEDED_BUGS } from './seeded-bugs.ts';
import type { SeededBug } from './seeded-bugs.ts';

/** Most bugs show in the first; one that needs a rewind at the right moment shows in some. */
const SEEDS_MAX = 30;
const TIMEOUT_MS = 300_000;

async function seedThatFinds({
  invariant,
  fold,
  change,
  seed: first = 1,
}: SeededBug): Promise<number | undefined> {
  const undo = change?.();
  try {
    for (let seed = first; seed < first + SEEDS_MAX; seed += 1) {
      const { violations } = await simulate(seed, fold === undefined ? {} : { fold });
      if (violations.some((violation) => violation.invariant === invariant)) return seed;
    }
    return undefined;
  } finally {
    undo?.();
  }
}

it.each(SEEDED_BUGS)(
  'invariant $invariant is violated when $what',
  async (bug) => {
    expect(await seedThatFinds(bug)).toBeDefined();
  },
  TIMEOUT_MS,
);

it('leaves no invariant without a bug that breaks it', () => {
  expect(SEEDED_BUGS.map(({ invariant }) => invariant)).toEqual(CHECKED);
});
