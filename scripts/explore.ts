/**
 * `npm run explore -- [--states N] [--only TEXT]`: the race explorer until N different states were seen,
 * with wider bounds once every scenario is exhausted. Exits 1 at a violation, which it prints as a test.
 */
import { asTest, SCENARIOS, Search } from '../src/testing/explorer/index.ts';
import { numberOf, readArguments, refuse } from './arguments.ts';
import type { Scenario, Searched } from '../src/testing/explorer/index.ts';

const HELP = `
npm run explore -- [--states N] [--only TEXT]

Searches the orders in which messages, timers, effects and faults can meet a call: every order within the
bounds of each scenario, then wider bounds, until so many different states were seen.

  --states N    how many (default: 1 000 000, some minutes)
  --only TEXT   only scenarios whose name contains this

Examples:
  npm run explore -- --states 100000
  npm run explore -- --only transfer

Exit codes: 0 every invariant held in every state, 1 a violation, printed as a test, 2 wrong usage.

Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}.
docs/race-explorer.md tells how it searches.`;

const { values } = readArguments(HELP, {
  states: { type: 'string' },
  only: { type: 'string', default: '' },
});
const wanted = numberOf('--states', values.states, 1_000_000);
const BAR_WIDTH = 30;
const found = new Map<string, Searched>();

function total(field: 'states' | 'steps'): number {
  return [...found.values()].reduce((sum, result) => sum + result[field], 0);
}

function draw(states: number, name: string): void {
  if (!process.stderr.isTTY) return;
  const full = Math.min(BAR_WIDTH, Math.round((states / wanted) * BAR_WIDTH));
  const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
  process.stderr.write(`\r\x1b[K${bar} ${states.toLocaleString('en')} states: ${name}`);
}

/** The next wider search of a scenario: one more fault, then one more event, in turn. */
function widened(scenario: Scenario, round: number): Scenario {
  const { events, faults, ticks } = scenario.bounds;
  return {
    ...scenario,
    bounds: { events: events + Math.floor(round / 2), faults: faults + Math.ceil(round / 2), ticks },
  };
}

/** False when a violation was found. A wider search sees the states of the narrower one again: it replaces it. */
function explore(scenario: Scenario, pointsMax: number): boolean {
  const before = total('states') - (found.get(scenario.name)?.states ?? 0);
  const onProgress = (states: number): void => draw(before + states, scenario.name);
  const result = new Search(scenario).run({ pointsMax, onProgress });
  found.set(scenario.name, result);
  for (const violation of result.violations) console.log(`\n${asTest(violation)}`);
  return result.violations.length === 0;
}

const scenarios = SCENARIOS.filter(({ name }) => name.includes(values.only));
if (scenarios.length === 0) refuse(`no scenario has ${values.only} in its name`);
const startedAt = performance.now();
let healthy = true;
for (let round = 0; healthy && scenarios.length > 0 && total('states') < wanted; round += 1) {
  for (const scenario of scenarios) {
    const share = Math.ceil((2 * (wanted - total('states'))) / scenarios.length);
    const before = found.get(scenario.name)?.points ?? 0;
    if (share > 0 && healthy) healthy = explore(widened(scenario, round), before + Math.max(share, 50_000));
  }
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
for (const { scenario, states, points, steps, depth, closed, complete } of found.values()) {
  const far = complete ? 'everything within its bounds' : `every sequence of up to ${depth - 1} moves`;
  console.log(`${scenario}: ${states} states (${points} points, ${closed} closed), ${steps} steps; ${far}`);
}
const seconds = Math.round((performance.now() - startedAt) / 1_000);
const states = total('states');
console.log(`${states} different states, ${total('steps')} steps of the production fold in ${seconds} s`);
console.log(
  `odds that two different states shared a 64-bit fingerprint: ${(states ** 2 / 2 ** 65).toExponential(1)}`,
);
console.log(healthy ? 'every invariant held in every state' : 'an invariant is violated: see the test above');
if (!healthy) process.exitCode = 1;
