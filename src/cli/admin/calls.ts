/** What `onhook calls …` prints of the admin API's answers. Their fields may grow; JSON shows them all. */
import type { Command } from 'commander';
import type { FunctionView } from '../../supervisor/function-ledger.ts';
import type { CallCommand, CallDetail, CallSummary } from '../../supervisor/view.ts';
import { createOutput, duration, plain, table } from '../output.ts';
import type { Output } from '../output.ts';
import { adminOf } from './address.ts';

export function outputOf(command: Command): Output {
  return createOutput(command.optsWithGlobals<{ json: boolean }>().json);
}

interface CallList {
  readonly calls: readonly (Omit<CallSummary, 'ageMs'> & { readonly ageMs?: number })[];
  /** Partitions that no node answered for. */
  readonly unanswered?: readonly number[];
}

/** Open calls, or with `--state closed` the newest records. */
export async function list(command: Command): Promise<void> {
  const query = new URLSearchParams();
  const options = command.opts<Record<string, string | number | undefined>>();
  for (const name of ['state', 'gateway', 'limit']) {
    if (options[name] !== undefined) query.set(name, String(options[name]));
  }
  const answer = (await adminOf(command).get(`/api/calls?${query.toString()}`)) as CallList;
  outputOf(command).data(answer, () => {
    const rows = answer.calls.map((call) => [
      call.callId,
      call.state,
      call.ageMs === undefined ? '' : duration(call.ageMs),
      call.gateway,
      call.endReason ?? '',
    ]);
    const shown =
      rows.length === 0 ? 'no open calls' : table(['CALL', 'STATE', 'AGE', 'GATEWAY', 'END'], rows);
    const unanswered = answer.unanswered ?? [];
    return unanswered.length === 0
      ? shown
      : `${shown}\nnobody answered for partition(s) ${unanswered.join(', ')}`;
  });
}

export async function show(command: Command, callId: string): Promise<void> {
  const call = (await adminOf(command).get(`/api/calls/${encodeURIComponent(callId)}`)) as Shown;
  outputOf(command).data(call, () => describe(call));
}

/** What is absent of a closed call stands in its record. */
type Shown = Partial<Omit<CallDetail, 'endFunctions'>> & {
  readonly record?: { readonly farewell?: string };
  readonly endFunctions?: readonly FunctionLine[];
};

type FunctionLine = Partial<FunctionView> & {
  readonly attempts?: number;
  readonly reason?: string;
  readonly error?: string;
};

function describe(call: Shown): string {
  const facts: [string, string | undefined][] = [
    ['call', call.callId],
    ['state', typeof call.value === 'object' ? JSON.stringify(call.value) : call.state],
    ['gateway', call.gateway],
    ['started', call.startedAt === undefined ? undefined : instant(call.startedAt)],
    ['ended by', call.endedBy],
    ['end reason', call.endReason],
    ['farewell', call.farewell ?? call.record?.farewell],
  ];
  for (const [key, { provider, termination, status }] of Object.entries(call.legs ?? {})) {
    const where = provider === undefined ? '' : ` (${provider})`;
    facts.push(['leg', `${key}${where} ${termination ?? status ?? 'up'}`]);
  }
  for (const view of call.endFunctions ?? []) facts.push(['function', functionLine(view)]);
  for (const { timerId, dueAt } of call.timers ?? [])
    facts.push(['timer', `${timerId} due ${instant(dueAt)}`]);
  for (const { kind, subject, attempt, phase } of call.effects ?? []) {
    facts.push(['effect', `${kind} ${subject ?? ''} attempt ${attempt}, ${phase}`]);
  }
  return facts
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(11)} ${plain(value)}`]))
    .join('\n');
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

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}

const WANTED: Readonly<Record<CallCommand, string>> = {
  end: 'the end of the call is requested',
  kill: 'the hangup is requested',
  'end-cancelled': 'the call is asked to go on',
};

/** Appends an operator's event; the answer's sequence says where it is in the log. */
export async function request(command: Command, callId: string, verb: CallCommand): Promise<void> {
  const { reason } = command.opts<{ reason?: string }>();
  const path = `/api/calls/${encodeURIComponent(callId)}/${verb}`;
  const answer = await adminOf(command).post(path, reason === undefined ? {} : { reason });
  outputOf(command).data(
    answer,
    () => `${WANTED[verb]}; onhook calls watch ${callId} shows what comes of it`,
  );
}

/** Removes what is kept of a closed call. Throws what the admin client throws: a call that runs is refused. */
export async function erase(command: Command, callId: string): Promise<void> {
  const answer = await adminOf(command).post(`/api/calls/${encodeURIComponent(callId)}/erase`);
  const { messages, records, deadLetters } = answer as Record<'messages' | 'records' | 'deadLetters', number>;
  outputOf(command).data(
    answer,
    () => `erased: ${messages} messages, ${records} versions of the record, ${deadLetters} dead letters`,
  );
}
