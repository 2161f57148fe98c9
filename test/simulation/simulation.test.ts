/** The whole system under seeded faults: what may never be is not, what must come to its end does. */
import { expect, test } from 'vitest';
import { CHECKED, MUST_REACH, simulate } from '../../src/testing/simulation/index.ts';
import type { SimulationReport } from '../../src/testing/simulation/index.ts';

/** Enough to reach everything; more as time allows, always from 1, so that a failure is the code's. */
const SEEDS_MIN = 50;
/** Of one core. More on demand: `npm run simulation -- --seeds 10000`, or `--nightly`. */
const CPU_BUDGET_MS = 40_000;
/** Bounds a seed that hangs, on a machine that does much else. */
const TIMEOUT_MS = 600_000;

function explain({ seed, violations, lastMessages }: SimulationReport): string {
  const told = violations.map(
    ({ invariant, callId, detail }) => `invariant ${invariant}: ${callId ?? ''} ${detail}`,
  );
  return [`npm run simulation -- --from ${seed} --seeds 1`, ...told, ...lastMessages].join('\n');
}

function spentMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

test(
  'no fault breaks an invariant, and everything closes once faults stop',
  async () => {
    const reached = new Set<string>();
    const checked = new Set<number>();
    const began = process.cpuUsage();
    for (let seed = 1; seed <= SEEDS_MIN || spentMs(began) < CPU_BUDGET_MS; seed += 1) {
      const report = await simulate(seed);
      expect(report.violations, explain(report)).toEqual([]);
      for (const what of report.reached.keys()) reached.add(what);
      for (const invariant of report.checks.keys()) checked.add(invariant);
    }
    const missed = MUST_REACH.filter((what) => !reached.has(what));
    const unchecked = CHECKED.filter((invariant) => !checked.has(invariant));
    expect([missed, unchecked], 'the simulation became too weak').toEqual([[], []]);
  },
  TIMEOUT_MS,
);

test(
  'a seed replays exactly: the same trace twice, another one for another seed',
  async () => {
    const [once, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    expect(again.traceHash).toBe(once.traceHash);
    expect([again.steps, again.messages]).toEqual([once.steps, once.messages]);
    expect(other.traceHash).not.toBe(once.traceHash);
  },
  TIMEOUT_MS,
);
