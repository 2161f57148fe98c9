/** One call as people read it: what it is, what it waits for, what happened. Pure. */
import type { FunctionView } from '../../supervisor/function-ledger.ts';
import type { CallDetail } from '../../supervisor/view.ts';
import { duration, plain } from '../output.ts';

/** As the admin API answers. What is absent of a closed call stands in its record. */
export type ShownCall = Partial<Omit<CallDetail, 'endFunctions' | 'account'>> & {
  readonly record?: Partial<Told> & { readonly farewell?: string; readonly closedAt?: number };
  readonly account?: Partial<Told>;
  readonly endFunctions?: readonly FunctionLine[];
  readonly timeline?: readonly Change[];
  readonly unanswered?: readonly number[];
  /** Wall clock of the node, ms since the epoch. */
  readonly now?: number;
};

interface Told {
  readonly provider: string;
  readonly causes: readonly { readonly at: number; readonly type: string; readonly detail?: unknown }[];
}

interface Change {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
}

type FunctionLine = Partial<FunctionView> & {
  readonly attempts?: number;
  readonly reason?: string;
  readonly error?: string;
};

type Fact = readonly [name: string, value: string | undefined];

/** A line per fact. */
export function describeCall(call: ShownCall): string {
  const { startedAt = 0, now = 0 } = call;
  const told = call.record ?? call.account ?? {};
  const facts: Fact[] = [
    ['call', call.callId],
    ['state', stateOf(call)],
    ['gateway', call.gateway],
    ['provider', told.provider],
    ['started', call.startedAt === undefined ? undefined : instant(call.startedAt)],
    ['closed', call.record?.closedAt === undefined ? undefined : instant(call.record.closedAt)],
    ['ended by', call.endedBy],
    ['end reason', call.endReason],
    ['farewell', call.farewell ?? call.record?.farewell],
    ...legFacts(call),
    ...(call.endFunctions ?? []).map((view): Fact => ['function', functionLine(view)]),
    ...nextFacts(call, now),
    ...(told.causes ?? []).map((cause): Fact => ['cause', since(startedAt, cause.at) + causeOf(cause)]),
    ...(call.timeline ?? []).map(({ at, from, to, cause }): Fact => [
      'timeline',
      `${since(startedAt, at)}${from} → ${to}  (${cause})`,
    ]),
  ];
  return facts
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(11)} ${plain(value)}`]))
    .join('\n');
}

/** `drain.call.draining` due in 9 s → `drain in 9.0 s`; one that is due now is late by what it says. */
export function timerWords(timerId: string, dueAt: number, now: number): string {
  const name = timerId.split('.')[0] ?? timerId;
  const leftMs = dueAt - now;
  return leftMs >= 0 ? `${name} in ${duration(leftMs)}` : `${name} due ${duration(-leftMs)} ago`;
}

/** The regions of a state only where they tell more than the state: `active: gateway silent`. */
function stateOf({ state, value }: ShownCall): string | undefined {
  if (typeof value !== 'object' || value === null) return state;
  return Object.entries(value).map(([name, below]) => {
    const words = wordsOf(below);
    return words === '' ? name : `${name}: ${words}`;
  })[0];
}

function wordsOf(below: unknown): string {
  if (typeof below === 'string') return below;
  if (typeof below !== 'object' || below === null) return '';
  return Object.entries(below)
    .map(([region, inner]) => `${region} ${typeof inner === 'string' ? inner : `(${wordsOf(inner)})`}`)
    .join(', ');
}

function legFacts({ legs = {} }: ShownCall): Fact[] {
  return Object.entries(legs).map(([key, { provider, termination, status }]): Fact => {
    const where = provider === undefined ? '' : ` (${provider})`;
    return ['leg', `${key}${where} ${termination ?? status ?? 'up'}`];
  });
}

function nextFacts({ timers = [], effects = [] }: ShownCall, now: number): Fact[] {
  const byDue = [...timers].sort((a, b) => a.dueAt - b.dueAt);
  return [
    ...byDue.map(({ timerId, dueAt }): Fact => ['timer', timerWords(timerId, dueAt, now)]),
    ...effects.map(({ kind, subject, attempt, phase }): Fact => [
      'effect',
      [kind, subject, `attempt ${attempt}, ${phase}`].filter((part) => part !== undefined).join(' '),
    ]),
  ];
}

function causeOf({ type, detail }: Told['causes'][number]): string {
  if (detail === undefined) return type;
  return `${type}  ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`;
}

/** A line of the ledger. A record says `attempts`, `reason` and `error` where an open call says `attempt`, `why`. */
function functionLine(view: FunctionLine): string {
  const attempt = view.attempt ?? view.attempts ?? 0;
  const why = view.why ?? view.reason ?? view.error;
  const { followUp } = view;
  return [
    `${view.name} ${view.version} ${view.status}`,
    attempt === 0 ? ', never ran' : `, attempt ${attempt}`,
    why === undefined ? '' : ` (${why})`,
    view.missing === undefined ? '' : `, without ${view.missing.join(', ')}`,
    view.nextAttemptAt === undefined ? '' : `, next at ${instant(view.nextAttemptAt)}`,
    followUp === undefined ? '' : `, again ${followUp.status} for ${instant(followUp.at)}`,
  ].join('');
}

function since(startedAt: number, at: number): string {
  return `+${duration(Math.max(0, at - startedAt))}`.padStart(9) + '  ';
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
