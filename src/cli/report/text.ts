/** The report as people read it. */
import { duration, table } from '../output.ts';
import type { Finding } from './finding.ts';
import { isZombie } from './summary.ts';
import type { Summary } from './summary.ts';

/** As many as a screen shows; `--json` has all. */
const SHOWN_MAX = 20;

export interface Report {
  /** ms since the epoch. */
  readonly since: number;
  readonly zombieMs: number;
  readonly summaries: readonly Summary[];
  /** Calls with something to see, worst first. */
  readonly calls: readonly Finding[];
  /** Older records were not read. */
  readonly truncated: boolean;
}

const START =
  'No watched call has closed yet. One closes some 30 s after its line is known to be down; `onhook calls ls`\n' +
  'shows which are open. None at all? Start onhook beside your gateway with ONHOOK_MODE=observe; it acts never, and this\n' +
  'report shows what it would have done. docs/adoption.md goes on from there.';

export function textOf(report: Report): string {
  const shown = report.summaries.filter(({ calls }) => calls > 0);
  if (shown.length === 0) return START;
  const calls = report.calls.slice(0, SHOWN_MAX);
  const rest = report.calls.length - calls.length;
  return [
    ...shown.map((summary) => sectionOf(summary, report)),
    ...(calls.length === 0 ? [] : [callsOf(calls, report.zombieMs)]),
    ...(rest > 0 ? [`and ${rest} more: --json has all`] : []),
    ...(report.truncated ? ['There are older records that were not read: --limit reads more.'] : []),
  ].join('\n\n');
}

function sectionOf(summary: Summary, { since, zombieMs }: Report): string {
  const { mode, calls, zombies, cutGoodbyes, silence, endNotSeen } = summary;
  const kept = mode === 'observe' ? 'only watched' : 'kept by a backstop';
  const head = `${counted(calls, 'call')} ${kept} since ${new Date(since).toISOString().slice(0, 16)}Z`;
  const lines: [string, string, string][] = [
    ['zombie lines', share(zombies.calls, calls), zombieText(summary, zombieMs)],
    ['cut goodbyes', share(cutGoodbyes.calls, calls), cutText(summary)],
    [
      'silence after the goodbye',
      silence === undefined ? 'unknown' : `${duration(silence.medianMs)} median`,
      silence === undefined
        ? 'tell its length: farewell.started {expectedMs}, farewell.finished {audioMs}'
        : `95 % within ${duration(silence.p95Ms)}, longest ${duration(silence.maxMs)}, known in ${counted(silence.known, 'call')}`,
    ],
    ...(endNotSeen === 0
      ? []
      : [
          ['end not seen', share(endNotSeen, calls), 'publish caller.left, or connect the webhooks'] as [
            string,
            string,
            string,
          ],
        ]),
    wouldText(summary),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const middle = Math.max(...lines.map(([, value]) => value.length));
  const rows = lines.map(([name, value, text]) =>
    `  ${name.padEnd(width)}  ${value.padEnd(middle)}  ${text}`.trimEnd(),
  );
  return [head, ...rows].join('\n');
}

function zombieText({ zombies }: Summary, zombieMs: number): string {
  const meaning = `up more than ${duration(zombieMs)} after the call was over`;
  if (zombies.calls === 0) return meaning;
  return `${meaning}: ${duration(zombies.totalMs)} in all, longest ${duration(zombies.maxMs)}`;
}

function cutText({ cutGoodbyes: { calls, byGateway } }: Summary): string {
  if (calls === 0) return 'the line went down while the goodbye still played';
  const others = calls - byGateway;
  return `${byGateway} by the gateway's own hangup, ${others} by an end that nobody explained`;
}

function wouldText({ mode, earlier, acted }: Summary): [string, string, string] {
  if (mode === 'backstop') return ['onhook had to hang up', String(acted), 'the gateway did not'];
  const text = earlier.calls === 0 ? '' : `${duration(earlier.totalMs)} of open line less`;
  return ['with onhook in charge', `${earlier.calls} earlier`, text];
}

function callsOf(findings: readonly Finding[], zombieMs: number): string {
  const rows = findings.map((finding) => [
    finding.callId,
    new Date(finding.closedAt).toISOString().slice(0, 19),
    problemsOf(finding, zombieMs).join(', '),
    finding.overtimeMs === undefined ? '' : duration(Math.max(0, finding.overtimeMs)),
  ]);
  return table(['CALL', 'CLOSED', 'WHAT', 'LINE UP LONGER BY'], rows);
}

/** What is to be seen in a call; none when all was well. */
export function problemsOf(finding: Finding, zombieMs: number): string[] {
  const { cut, acted, lineDownAt } = finding;
  return [
    ...(isZombie(finding, zombieMs) ? ['zombie line'] : []),
    ...(cut === undefined ? [] : [cut === 'gateway' ? 'goodbye cut by the gateway' : 'goodbye cut']),
    ...(acted ? ['ended by the backstop'] : []),
    ...(lineDownAt === undefined ? ['end not seen'] : []),
  ];
}

function share(part: number, whole: number): string {
  return part === 0 ? '0' : `${part} (${((part / whole) * 100).toFixed(1)} %)`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
