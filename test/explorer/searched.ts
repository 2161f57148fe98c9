/** One search of a scenario as a test: nothing broken, or the shortest sequence as a test to paste. */
import { expect } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
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

const pointsOf = ({ name }: Scenario): number => FURTHER[name] ?? POINTS_MAX;

/** Time for some scenarios, shared out by their points; what one leaves over is the others'. */
export class Allowance {
  private readonly endsAt: number;
  private points: number;
  /** A scenario was cut short: the machine is slow, or does much else. */
  isSpent = false;

  constructor(scenarios: readonly Scenario[], totalMs: number) {
    this.endsAt = systemClock.monotonic() + totalMs;
    this.points = scenarios.reduce((sum, scenario) => sum + pointsOf(scenario), 0);
  }

  /** For the search of the next scenario: whether it may go on. */
  next(scenario: Scenario): () => boolean {
    const now = systemClock.monotonic();
    const until = now + ((this.endsAt - now) * pointsOf(scenario)) / this.points;
    this.points -= pointsOf(scenario);
    return () => {
      const goesOn = systemClock.monotonic() < until;
      if (!goesOn) this.isSpent = true;
      return goesOn;
    };
  }
}

export function searched(scenario: Scenario, mayGoOn?: () => boolean): Searched {
  const result = new Search(scenario).run({
    pointsMax: pointsOf(scenario),
    ...(mayGoOn && { mayGoOn }),
  });
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
