/** One search of a scenario as a test: nothing broken, or the shortest sequence as a test to paste. */
import { expect } from 'vitest';
import { asTest, Search } from '../../src/testing/explorer/index.ts';
import type { Scenario, Searched } from '../../src/testing/explorer/index.ts';

/**
 * Points of a scenario that the gate visits. Most end below; of the others it sees every sequence up to
 * a depth, and `npm run explore` the rest.
 */
const POINTS_MAX = 70_000;

export function searched(scenario: Scenario): Searched {
  const result = new Search(scenario).run({ pointsMax: POINTS_MAX });
  expect(result.violations, result.violations.map(asTest).join('\n')).toEqual([]);
  return result;
}

export function table(results: readonly Searched[]): string {
  return results
    .map(({ scenario, states, steps, depth, complete }) => {
      const far = complete ? 'everything within its bounds' : `every sequence of up to ${depth - 1} moves`;
      return `${String(states).padStart(8)} states, ${String(steps).padStart(8)} steps: ${scenario}: ${far}`;
    })
    .join('\n');
}
