/** Adds up the reports of many seeds, and says it for people. */
import { CHECKED, MUST_REACH } from '../../src/testing/simulation/index.ts';
import type { SimulationReport } from '../../src/testing/simulation/index.ts';

/** From so many seeds on a run that missed something that must be reached has failed; fewer are a look. */
export const SEEDS_THAT_REACH_ALL = 30;

const YEAR_MS = 365.25 * 86_400_000;

/** What a run of many seeds yields. */
export class Summary {
  readonly violatedSeeds: number[] = [];
  seeds = 0;
  private calls = 0;
  private callMs = 0;
  private messages = 0;
  private simulatedMs = 0;
  private rewound = 0;
  private readonly faults = new Map<string, number>();
  private readonly reached = new Map<string, number>();
  private readonly checks = new Map<number, number>();

  /** Counts one seed in. */
  add(report: SimulationReport): void {
    this.seeds += 1;
    this.calls += report.calls;
    this.callMs += report.callMs;
    this.messages += report.messages;
    this.simulatedMs += report.simulatedMs;
    if (report.rewound) this.rewound += 1;
    if (report.violations.length > 0) this.violatedSeeds.push(report.seed);
    addTo(this.faults, report.faults);
    addTo(this.reached, report.reached);
    addTo(this.checks, report.checks);
  }

  /** What no seed reached, or no invariant that was checked at all, of a run long enough to judge. */
  get missed(): string[] {
    if (this.seeds < SEEDS_THAT_REACH_ALL) return [];
    return [
      ...MUST_REACH.filter((what) => !this.reached.has(what)),
      ...CHECKED.filter((number) => !this.checks.has(number)).map((number) => `invariant ${number} checked`),
    ];
  }

  /** Nothing was violated, nothing was missed. */
  get isGood(): boolean {
    return this.violatedSeeds.length === 0 && this.missed.length === 0;
  }

  /** Several lines. */
  text(seconds: number): string {
    const { seeds, calls, messages, rewound, violatedSeeds, missed } = this;
    const years = this.callMs / YEAR_MS;
    const checks = [...this.checks.values()].reduce((sum, count) => sum + count, 0);
    const good = missed.length === 0 ? 'everything that must be reached was' : `MISSED: ${missed.join(', ')}`;
    return [
      `${seeds} seeds in ${seconds.toFixed(1)} s (${(seconds / Math.max(1, seeds)).toFixed(2)} s a seed), log rewound in ${rewound}`,
      `${number(calls)} calls, ${years.toFixed(3)} call-years in ${(this.simulatedMs / 86_400_000).toFixed(2)} simulated days, ${number(messages)} messages`,
      '',
      `faults injected (${number(total(this.faults))}):`,
      listed(this.faults),
      '',
      `invariants checked (${number(checks)} checks):`,
      listed(new Map(CHECKED.map((invariant) => [`${invariant}`, this.checks.get(invariant) ?? 0]))),
      '',
      'must be reached:',
      listed(new Map(MUST_REACH.map((what) => [what, this.reached.get(what) ?? 0]))),
      '',
      seeds < SEEDS_THAT_REACH_ALL
        ? `fewer than ${SEEDS_THAT_REACH_ALL} seeds: what was missed does not count`
        : good,
      violatedSeeds.length === 0
        ? 'no invariant was violated'
        : `VIOLATED by seeds ${violatedSeeds.join(', ')}`,
    ].join('\n');
  }
}

/** What a violating seed did, and how to see it again. */
export function explain({ seed, rewound, violations, lastMessages }: SimulationReport): string {
  const told = violations
    .slice(0, 10)
    .map(({ invariant, callId, detail }) => `  invariant ${invariant}: ${callId ?? ''} ${detail}`);
  return [
    `seed ${seed}${rewound ? ' (log rewound)' : ''} violates:`,
    ...told,
    ...lastMessages.map((line) => `    ${line}`),
    `replay it with: npm run simulation -- --from ${seed} --seeds 1`,
  ].join('\n');
}

function addTo<K>(to: Map<K, number>, more: ReadonlyMap<K, number>): void {
  for (const [name, count] of more) to.set(name, (to.get(name) ?? 0) + count);
}

function total(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `  ${number(count).padStart(12)}  ${name}`).join('\n');
}
