/**
 * `npm run simulation -- [--seeds N | --seconds T | --nightly] [--from S]`: seeded runs of the whole
 * system. The report goes to stdout, a progress bar to a terminal's stderr. Exit 1: an invariant was
 * violated, or something that must be reached was not. Ctrl-C ends the run with its report.
 */
import { execFileSync } from 'node:child_process';
import { simulate } from '../src/testing/simulation/index.ts';
import { numberOf, readArguments } from './arguments.ts';
import { explain, Summary } from './simulation/summary.ts';

const HELP = `
npm run simulation -- [--seeds N | --seconds T | --nightly | --forever] [--from S]

Plays the whole system, seed by seed, under faults that the seed chooses, and checks every invariant.
A seed and a commit play the same run again, step for step.

  --seeds N     so many runs (default: 20)
  --seconds T   as many as fit into this time
  --from S      first seed (default: 1)
  --nightly     until Ctrl-C or the first violation, from a seed that no other night had
  --forever     the same

Examples:
  npm run simulation -- --seeds 100
  npm run simulation -- --from 7 --seeds 1     seed 7 again, with the hash of its trace

Exit codes: 0 every invariant held and all that must be reached was, 1 not so, 2 wrong usage, 130 Ctrl-C.
docs/simulation.md tells what is simulated.`;

const { values } = readArguments(HELP, {
  seeds: { type: 'string' },
  seconds: { type: 'string' },
  from: { type: 'string' },
  nightly: { type: 'boolean', default: false },
  forever: { type: 'boolean', default: false },
});

const endless = values.nightly || values.forever;
const seedsMax = numberOf('--seeds', values.seeds, endless || values.seconds !== undefined ? Infinity : 20);
const secondsMax = numberOf('--seconds', values.seconds, Infinity);
// Every night other seeds: seconds since 2020, which no two nights share.
const from = numberOf('--from', values.from, endless ? Math.round(Date.now() / 1_000) - 1_577_836_800 : 1, 0);

const BAR_WIDTH = 30;
const startedAt = performance.now();
const seconds = (): number => (performance.now() - startedAt) / 1_000;
const summary = new Summary();
let interrupted = false;

process.on('SIGINT', () => {
  if (interrupted) process.exit(130);
  interrupted = true;
});

function show(): void {
  if (!process.stderr.isTTY) return;
  const done = Math.min(1, Math.max(summary.seeds / seedsMax, seconds() / secondsMax));
  const full = Math.round(done * BAR_WIDTH);
  const bar = endless ? '' : `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} `;
  const { seeds, violatedSeeds } = summary;
  process.stderr.write(
    `\r\u001b[2K${bar}${seeds} seeds, ${violatedSeeds.length} violated, ${seconds().toFixed(0)} s`,
  );
}

/** What a seed is replayed on. */
function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changed = git('status', '--porcelain', '-uno') !== '';
    return `commit ${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    return 'no commit known';
  }
}

for (let seed = from; summary.seeds < seedsMax && seconds() < secondsMax && !interrupted; seed += 1) {
  show();
  const report = await simulate(seed);
  summary.add(report);
  if (seedsMax === 1) console.log(`seed ${seed}: trace ${report.traceHash}, ${report.steps} steps`);
  if (report.violations.length === 0) continue;
  console.log(explain(report));
  if (endless) break;
}
show();
if (process.stderr.isTTY) process.stderr.write('\n');

console.log(`seeds from ${from}, ${commit()}${interrupted ? ', interrupted' : ''}`);
console.log(summary.text(seconds()));
process.exitCode = summary.isGood ? 0 : 1;
if (interrupted && !endless && summary.violatedSeeds.length === 0) process.exitCode = 130;
