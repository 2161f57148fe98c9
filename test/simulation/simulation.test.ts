/** The whole system under seeded faults: what may never be is not, what must come to its end does. */
import { expect, test } from 'vitest';
import { MUST_REACH, simulate } from '../../src/testing/simulation/index.ts';
import type { SimulationReport } from '../../src/testing/simulation/index.ts';

/** Fixed, so that a failure is the code's; more on demand: `npm run simulation -- --seeds 1000`. */
const SEEDS = Array.from({ length: 30 }, (_, index) => index + 1);
/** A seed takes about a second; this bounds one that hangs. */
const TIMEOUT_MS = 300_000;

function explain({ seed, violations, lastMessages }: SimulationReport): string {
  const told = violations.map(
    ({ invariant, callId, detail }) => `invariant ${invariant}: ${callId ?? ''} ${detail}`,
  );
  return [`seed ${seed}`, ...told, ...lastMessages].join('\n');
}

test(
  `no fault breaks an invariant, and everything closes once faults stop (seeds ${SEEDS[0]} to ${SEEDS.at(-1)})`,
  async () => {
    const reached = new Map<string, number>();
    for (const seed of SEEDS) {
      const report = await simulate(seed);
      expect(report.violations, explain(report)).toEqual([]);
      for (const [what, count] of report.reached) reached.set(what, (reached.get(what) ?? 0) + count);
    }
    const missed = MUST_REACH.filter((what) => (reached.get(what) ?? 0) === 0);
    expect(missed, 'the simulation became too weak').toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'a seed replays exactly: the same trace twice, another one for another seed',
  async () => {
    const [once, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(again.traceHash).toBe(once.traceHash);
    expect(again.steps).toBe(once.steps);
    expect(other.traceHash).not.toBe(once.traceHash);
  },
  TIMEOUT_MS,
);
