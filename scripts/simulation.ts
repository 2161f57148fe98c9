/** `npm run simulation -- --seeds N [--from S]`: N seeded runs of the whole system; exits 1 when one violates. */
import { parseArgs } from 'node:util';
import { CHECKED, MUST_REACH, simulate } from '../src/testing/simulation/index.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '20' }, from: { type: 'string', default: '1' } },
});
const from = Number(values.from);
const faults = new Map<string, number>();
const reached = new Map<string, number>();
let [calls, messages, simulatedMs, violated, slowestMs] = [0, 0, 0, 0, 0];

function add(to: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [name, count] of more) to.set(name, (to.get(name) ?? 0) + count);
}

const startedAt = performance.now();
for (let seed = from; seed < from + Number(values.seeds); seed += 1) {
  const report = await simulate(seed);
  add(faults, report.faults);
  add(reached, report.reached);
  calls += report.calls;
  messages += report.messages;
  simulatedMs += report.simulatedMs;
  slowestMs = Math.max(slowestMs, report.healedMs);
  if (report.violations.length === 0) continue;
  violated += 1;
  console.log(`seed ${seed}${report.rewound ? ' (log rewound)' : ''} violates:`);
  for (const { invariant, callId, detail } of report.violations.slice(0, 10)) {
    console.log(`  invariant ${invariant}: ${callId ?? ''} ${detail}`);
  }
  for (const line of report.lastMessages) console.log(`    ${line}`);
}

const list = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `  ${count} × ${name}`)
    .join('\n');
console.log(`${values.seeds} seeds from ${from} in ${Math.round(performance.now() - startedAt)} ms:`);
console.log(`${Math.round(simulatedMs / 60_000)} simulated minutes, ${calls} calls, ${messages} messages`);
console.log(`all closed within ${slowestMs} simulated ms after the faults; ${violated} seeds violated`);
console.log(`invariants checked: ${CHECKED.join(', ')}`);
console.log(`faults:\n${list(faults)}`);
console.log(`reached:\n${list(new Map(MUST_REACH.map((name) => [name, reached.get(name) ?? 0])))}`);
if (violated > 0) process.exitCode = 1;
