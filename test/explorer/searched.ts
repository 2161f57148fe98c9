/** One search of a scenario as a test: nothing broken, or the shortest sequence as a test to paste. */
import { expect } from 'vitest';
import { asTest, Search } from '../../src/testing/explorer/index.ts';
import type { Scenario, Searched } from '../../src/testing/explorer/index.ts';

/**
 * Points of a scenario that the gate visits. Most end below; of the others it sees every sequence up to
 * a length, and `npm run explore` the rest. Those whose points differ most are searched furthest.
 */
const POINTS_MAX = 40_000;
const FURTHER: Readonly<Record<string, number>> = {
  'a line: every pair of endings': 150_000,
  'a line and a room: every pair of endings': 100_000,
  'backstop: every pair of endings': 400_000,
  'a line, two faults': 230_000,
  'a line, pairs and a fault': 250_000,
  'end functions, two faults': 180_000,
};

export function searched(scenario: Scenario): Searched {
  const result = new Search(scenario).run({ pointsMax: FURTHER[scenario.name] ?? POINTS_MAX });
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
