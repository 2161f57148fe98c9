/** Half of the search that the gate makes: what goes wrong, and what else is said. */
import { afterAll, expect, it } from 'vitest';
import { FAMILIES } from '../../src/testing/explorer/index.ts';
import type { Searched } from '../../src/testing/explorer/index.ts';
import { Allowance, searched, table } from './searched.ts';

/** A slow machine sees fewer states; the other tests of the gate want to be run too. */
const TOTAL_MS = 120_000;

const results: Searched[] = [];
const allowance = new Allowance(FAMILIES.faults, TOTAL_MS);

afterAll(() => {
  process.stdout.write(`${table(results)}\n`);
});

it.each(FAMILIES.faults.map((scenario) => [scenario.name, scenario] as const))(
  'invariants 1, 2, 3, 4, 5, 7, 8, 13, 14, 15, 16, 24, 29 and 30 hold in every state: %s',
  (_name, scenario) => {
    results.push(searched(scenario, allowance.next(scenario)));
  },
  900_000,
);

it('its states are at least 700_000, or as many as fit into its time', () => {
  const states = results.reduce((sum, result) => sum + result.states, 0);
  expect(states).toBeGreaterThanOrEqual(allowance.isSpent ? 100_000 : 700_000);
});
