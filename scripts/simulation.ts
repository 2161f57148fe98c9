/**
 * `npm run simulation -- [--seeds N | --seconds T | --nightly] [--from S]`: seeded runs of the whole
 * system. The report goes to stdout, a progress bar to a terminal's stderr. Exit 1: an invariant was
 * violated, or something that must be reached was not. Ctrl-C ends the run with its report.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { simulate } from '../src/testing/simulation/index.ts';
import { explain, Summary } from './simulation/summary.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seconds: { type: 'string' },
    from: { type: 'string' },
    nightly: { type: 'boolean', default: false },
    forever: { type: 'boolean', default: false },
  },
});

const endless = values.nightly || values.forever;
const seedsMax = Number(values.seeds ?? (endless || values.seconds !== undefined ? Infinity : 20));
const secondsMax = Number(values.seconds ?? Infinity);
// Every night other seeds: seconds since 2020, which no two nights share.
const from = Number(values.from ?? (endless ? Math.round(Date.now() / 1_000) - 1_577_836_800 : 1));
if ([seedsMax, secondsMax, from].some(Number.isNaN)) {
  console.error('--seeds, --seconds and --from take a number');
  process.exit(2);
}

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
