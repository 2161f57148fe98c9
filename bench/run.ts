/**
 * `npm run bench [-- --quick] [--profile <file>] [--isolation]`: every number of `bench/results.md`, both sides in
 * turn in one run, so that what else the machine does weighs on both. Takes about nine minutes, or
 * two with `--quick`, which writes nothing; `--isolation` shows the end functions alone.
 */
import { writeFileSync } from 'node:fs';
import { readArguments } from '../scripts/arguments.ts';
import { build } from './build.ts';
import type { Build } from './build.ts';
import { measureCapacity } from './capacity.ts';
import { Child } from './child.ts';
import { measureDelays } from './delay.ts';
import { BROKEN, measureIsolation } from './isolation.ts';
import type { Broken, IsolationPlan, Waits } from './isolation.ts';
import { measureLifecycles, profileLifecycles } from './lifecycle.ts';
import { summarise } from './profiler.ts';
import {
  capacityTable,
  delayTable,
  heading,
  isolationTable,
  lifecycleTable,
  profileTable,
  stepTable,
} from './report.ts';
import type { StepMethods } from './step.ts';
import type { Side } from './world.ts';

const FULL = {
  // Three rounds said 0.93 and 1.33 within an hour, on a machine whose speed changes by half.
  lifecycles: { warmUpCalls: 2_000, calls: 4_000, rounds: 9 },
  delays: { perSecond: 100, seconds: 12, rounds: 6 },
  isolation: { calls: 1_000, perSecond: 40 },
  open: [10_000, 100_000],
  steps: 20_000,
};
const QUICK: typeof FULL = {
  lifecycles: { warmUpCalls: 1_000, calls: 2_000, rounds: 1 },
  delays: { perSecond: 100, seconds: 5, rounds: 1 },
  isolation: { calls: 200, perSecond: 50 },
  open: [10_000],
  steps: 2_000,
};
const IN_FLIGHT = [200, 1_000];
const SIDES: readonly Side[] = ['bare', 'onhook'];

type Plan = typeof FULL;

/** A/B/B/A: drift of the machine falls on both. */
async function alternate<T>(rounds: number, measure: (side: Side) => Promise<T>): Promise<Record<Side, T[]>> {
  const results: Record<Side, T[]> = { bare: [], onhook: [] };
  for (let round = 0; round < rounds; round += 1) {
    const sides = round % 2 === 0 ? SIDES : SIDES.toReversed();
    for (const side of sides) results[side].push(await measure(side));
  }
  return results;
}

/** One round of each kind: what else the machine does shows in the medians as well. */
async function isolation(
  built: Build,
  plan: IsolationPlan,
): Promise<Record<Broken, ReadonlyMap<string, Waits>>> {
  const measured: Partial<Record<Broken, ReadonlyMap<string, Waits>>> = {};
  for (const broken of BROKEN) measured[broken] = await measureIsolation(built, broken, plan);
  return measured as Record<Broken, ReadonlyMap<string, Waits>>;
}

async function sections(
  built: Build,
  plan: Plan,
  profileTo: string | undefined,
  show: (text: string) => void,
): Promise<void> {
  for (const inFlight of IN_FLIGHT) {
    const { rounds, ...of } = { ...plan.lifecycles, inFlight };
    show(lifecycleTable(inFlight, await alternate(rounds, (side) => measureLifecycles(built, side, of))));
  }
  const { rounds, ...delays } = plan.delays;
  show(delayTable(delays, await alternate(rounds, (side) => measureDelays(built, side, delays))));
  show(isolationTable(plan.isolation, await isolation(built, plan.isolation)));
  const capacities = [];
  for (const calls of plan.open) capacities.push(await measureCapacity(built, calls));
  show(capacityTable(capacities));
  const child = new Child<StepMethods>(built.file('step'));
  show(stepTable(await child.call('measure', plan.steps)));
  await child.kill();
  const profile = await profileLifecycles(built, 'onhook', { ...plan.lifecycles, inFlight: 200 });
  if (profileTo !== undefined) writeFileSync(profileTo, JSON.stringify(profile));
  show(profileTable(summarise(profile)));
}

const HELP = `
npm run bench -- [--quick] [--isolation] [--profile FILE]

Measures onhook beside a hand-written loop, both in turn in one run, and writes bench/results.md. About eleven
minutes on a quiet machine.

  --quick          one round of each, about two minutes; writes nothing
  --isolation      only what a broken end function does to the others; writes nothing
  --profile FILE   also writes the CPU profile, for the developer tools of Chromium

Examples:
  npm run bench -- --quick
  npm run bench -- --profile onhook.cpuprofile

Exit codes: 0 measured, 2 wrong usage. bench/README.md tells what each number means.`;

const { values } = readArguments(HELP, {
  quick: { type: 'boolean', default: false },
  isolation: { type: 'boolean', default: false },
  profile: { type: 'string' },
});
const plan = values.quick ? QUICK : FULL;
const built = build();
const parts: string[] = [];
const show = (text: string): void => {
  parts.push(text);
  process.stdout.write(`${text}\n`);
};
try {
  if (values.isolation) show(isolationTable(plan.isolation, await isolation(built, plan.isolation)));
  else {
    show(heading({ lifecycles: plan.lifecycles.rounds, delays: plan.delays.rounds }));
    await sections(built, plan, values.profile, show);
  }
  if (!values.quick && !values.isolation)
    writeFileSync(new URL('results.md', import.meta.url), parts.join('\n'));
} finally {
  built.remove();
}
