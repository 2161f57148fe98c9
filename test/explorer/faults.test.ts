/** Half of the search that the gate makes: what goes wrong, and what else is said. */
import { afterAll, expect, it } from 'vitest';
import { FAMILIES } from '../../src/testing/explorer/index.ts';
import type { Searched } from '../../src/testing/explorer/index.ts';
import { searched, table } from './searched.ts';

const results: Searched[] = [];

afterAll(() => {
  process.stdout.write(`${table(results)}\n`);
});

it.each(FAMILIES.faults.map((scenario) => [scenario.name, scenario] as const))(
  'invariants 1, 2, 3, 4, 5, 7, 8, 13, 14, 15, 16, 24, 29 and 30 hold in every state: %s',
  (_name, scenario) => {
    results.push(searched(scenario));
  },
  900_000,
);

it('its states are at least 700_000', () => {
  const states = results.reduce((sum, result) => sum + result.states, 0);
  expect(states).toBeGreaterThanOrEqual(700_000);
});
