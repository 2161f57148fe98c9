/** The numbers as Markdown: medians with their spread, ratios round by round, aims beside them. */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { findNatsServer } from '../src/testing/nats-binary.ts';
import type { Capacity } from './capacity.ts';
import type { DelayPlan, Delays } from './delay.ts';
import { BROKEN } from './isolation.ts';
import type { Broken, IsolationPlan, Waits } from './isolation.ts';
import type { Throughput } from './lifecycle.ts';
import type { Profile, Spent } from './profiler.ts';
import { spread } from './statistics.ts';
import type { StepCost } from './step.ts';
import type { Side } from './world.ts';

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Onhook to bare, round by round: neighbours in time share what else the machine does. */
function ratios(onhook: readonly number[], bare: readonly number[]): number[] {
  return onhook.map((value, round) => value / (bare[round] ?? Number.NaN));
}

const HOW = `Written by \`npm run bench\`. All processes of a round (NATS, stub Twilio, load, and the side that is
measured) share the machine; the sides take turns, each round in a fresh world, after a warm-up. Values
are medians, in brackets the least and the greatest round. Ratios are onhook to bare, round by round.

"Bare" is a loop written by hand: consume, one KV put per step, act, ack; the same HTTP requests and
commands; no machine, no retries, no schemas, no recovery, one feed message per call where onhook sends
its whole feed. Neither side runs end functions, but where they are what is measured. Twilio's limit of requests per second is lifted, the
settle timer is 10 ms for lifecycles and 500 ms for delays on both sides.`;

/** Rounds of each kind that has rounds. */
export function heading(rounds: { readonly lifecycles: number; readonly delays: number }): string {
  const nats = spawnSync(findNatsServer(process.env) ?? 'nats-server', ['--version'])
    .stdout.toString()
    .trim();
  const [cpu] = cpus();
  const machine = `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), Node ${process.version}, ${nats}`;
  return `# Benchmark results\n\n${HOW}\n\nMachine: ${machine}. Rounds: ${rounds.lifecycles} of lifecycles, ${rounds.delays} of delays.\n`;
}

export function lifecycleTable(inFlight: number, { onhook, bare }: Record<Side, Throughput[]>): string {
  const row = (name: string, of: (one: Throughput) => number, digits: number): string[] => {
    const [ours, theirs] = [onhook.map(of), bare.map(of)];
    return [name, spread(ours, digits), spread(theirs, digits), spread(ratios(ours, theirs), 2)];
  };
  const rows = [
    [...row('calls per second', ({ perSecond }) => perSecond, 0), '≥ 1.0'],
    [...row('CPU per call, ms', ({ cpuMs }) => cpuMs, 2), ''],
  ];
  return `## Complete lifecycles, ${inFlight} in flight\n\n${table(['', 'onhook', 'bare', 'ratio', 'aim'], rows)}\n`;
}

export function delayTable({ perSecond }: DelayPlan, { onhook, bare }: Record<Side, Delays[]>): string {
  const row = (name: string, of: (one: Delays) => number): string[] => {
    const [ours, theirs] = [onhook.map(of), bare.map(of)];
    return [name, spread(ours, 2), spread(theirs, 2), spread(ratios(ours, theirs), 2)];
  };
  const rows = [
    [...row('median, ms', ({ p50Ms }) => p50Ms), '≤ 1.0'],
    [...row('p99, ms', ({ p99Ms }) => p99Ms), '≤ 1.5'],
    [...row('hangup requests per call', ({ requestsPerCall }) => requestsPerCall), ''],
  ];
  const title = `## Mark echoed to hangup request, ${perSecond} calls a second`;
  return `${title}\n\n${table(['', 'onhook', 'bare', 'ratio', 'aim'], rows)}\n`;
}

const KINDS: Readonly<Record<Broken, string>> = {
  none: 'no broken function',
  hangs: 'one loops until its time is up',
  fails: 'one throws each time',
  dies: 'one kills its process each time',
};

export function isolationTable(
  { calls, perSecond }: IsolationPlan,
  measured: Readonly<Record<Broken, ReadonlyMap<string, Waits>>>,
): string {
  const names = [...measured.none.keys()];
  const cell = (value: number | undefined, alone: number | undefined): string =>
    `${(value ?? Number.NaN).toFixed(1)} (${((value ?? Number.NaN) / (alone ?? Number.NaN)).toFixed(2)})`;
  const rows = names.flatMap((name) =>
    BROKEN.map((broken) => {
      const [waits, alone] = [measured[broken].get(name), measured.none.get(name)];
      const columns = (['startP50Ms', 'startP99Ms', 'endP50Ms', 'endP99Ms'] as const).map((key) =>
        cell(waits?.[key], alone?.[key]),
      );
      return [`\`${name}\`, ${KINDS[broken]}`, ...columns];
    }),
  );
  const head = ['function', 'start, median', 'start, p99', 'end, median', 'end, p99'];
  const title = `## End functions beside a broken one, ${calls} calls, ${perSecond} a second`;
  const what =
    'In ms after the settle window of the call; in brackets the ratio to the same run without a broken function. ' +
    '`computes` returns at once, `waits` after 5 ms, as for a request. The broken one fails for every call and is tried again all the while. ' +
    'Aim: no ratio that is more than chance.';
  return `${title}\n\n${what}\n\n${table(head, rows)}\n`;
}

export function capacityTable(all: readonly Capacity[]): string {
  const rows = all.map(({ calls, bytesPerCall, rssPerCall, recoveryMs, restartMs }) => [
    String(calls),
    `${(bytesPerCall / 1_000).toFixed(2)} kB`,
    `${(rssPerCall / 1_000).toFixed(2)} kB`,
    `${(recoveryMs / 1_000).toFixed(2)} s`,
    `${(restartMs / 1_000).toFixed(2)} s`,
  ]);
  const head = [
    'open idle calls',
    'heap per call',
    'resident per call',
    'recovered in',
    'with the start of the process',
  ];
  const aim = 'Aim: 3 kB per call; 10 000 calls in 1 s, 100 000 in 10 s. After SIGKILL, the same node again.';
  return `## Open calls\n\n${table(head, rows)}\n\n${aim}\n`;
}

export function stepTable({ messages, foldUs, xstateUs, closed }: StepCost): string {
  const rows = [
    ['fold of the whole call', foldUs.toFixed(1)],
    ['of it the call chart in XState', xstateUs.toFixed(1)],
  ];
  const note = closed ? '' : '\n\nThe call did not close: these numbers are of a part of a life.';
  return `## Decisions alone, ${messages} messages of one call\n\n${table(['', 'CPU, µs per call'], rows)}${note}\n`;
}

const percent = ({ group, share }: Spent): string[] => [group, `${(share * 100).toFixed(1)} %`];

export function profileTable({ groups, functions }: Profile): string {
  const head = ['where', 'share of CPU'];
  const title = '## Where the orchestrator spends its CPU, 200 in flight';
  const xstate = groups.find(({ group }) => group === 'xstate')?.share ?? 0;
  const aim = `XState: ${(xstate * 100).toFixed(1)} %, aim at most 10 %. The costliest functions:`;
  const places = table(head, groups.slice(0, 14).map(percent));
  return `${title}\n\n${places}\n\n${aim}\n\n${table(head, functions.slice(0, 12).map(percent))}\n`;
}
