/** What `onhook calls …` prints of the admin API's answers. Their fields may grow; JSON shows them all. */
import type { Command } from 'commander';
import type { CallCommand, CallSummary } from '../../supervisor/view.ts';
import { createOutput, duration, table } from '../output.ts';
import type { Output } from '../output.ts';
import { adminOf } from './address.ts';
import { describeCall, timerWords } from './call-text.ts';
import type { ShownCall } from './call-text.ts';
import type { AdminClient } from './client.ts';

export function outputOf(command: Command): Output {
  return createOutput(command.optsWithGlobals<{ json: boolean }>().json);
}

interface Listed extends Omit<CallSummary, 'ageMs'> {
  readonly ageMs?: number;
  readonly closedAt?: number;
  readonly nextTimer?: { readonly timerId: string; readonly dueAt: number };
}

interface CallList {
  readonly calls: readonly Listed[];
  /** Partitions that no node answered for. */
  readonly unanswered?: readonly number[];
  /** Where the list goes on, when there are more. */
  readonly next?: string;
  readonly now?: number;
}

interface ListOptions {
  readonly state?: string;
  readonly gateway?: string;
  readonly limit: number;
}

/** The node answers no more than that at once. */
const PAGE_MAX = 500;

/** Open calls, or with `--state closed` the newest records. */
export async function list(command: Command): Promise<void> {
  const options = command.opts<ListOptions>();
  const answer = await gather(adminOf(command), options);
  outputOf(command).data(answer, () => {
    const { calls, unanswered = [], next } = answer;
    const kind = options.state === 'closed' ? 'closed' : 'open';
    const none = options.state === undefined || kind === 'closed' ? `no ${kind} calls` : NONE_LIKE_THIS;
    return [
      calls.length === 0 ? none : tableOf(answer, kind),
      ...(unanswered.length === 0 ? [] : [`nobody answered for partition(s) ${unanswered.join(', ')}`]),
      ...(next === undefined ? [] : [`there are more: --limit ${options.limit * 10}`]),
    ].join('\n');
  });
}

const NONE_LIKE_THIS = 'no open calls like this; `onhook calls ls` lists all';

/** Page after page, until there are enough. */
async function gather(admin: AdminClient, { limit, ...filter }: ListOptions): Promise<CallList> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
  const calls: Listed[] = [];
  for (;;) {
    query.set('limit', String(Math.min(PAGE_MAX, limit - calls.length)));
    const page = (await admin.get(`/api/calls?${query.toString()}`)) as CallList;
    calls.push(...page.calls);
    if (page.next === undefined || calls.length >= limit) return { ...page, calls };
    query.set('cursor', page.next);
  }
}

function tableOf({ calls, now = 0 }: CallList, kind: 'open' | 'closed'): string {
  const span = (ms: number | undefined): string => (ms === undefined ? '' : duration(ms));
  if (kind === 'closed') {
    const rows = calls.map((call) => [
      call.callId,
      call.closedAt === undefined ? '' : new Date(call.closedAt).toISOString().slice(0, 19),
      span(call.closedAt === undefined ? undefined : call.closedAt - call.startedAt),
      call.gateway,
      call.endedBy ?? '',
      call.endReason ?? '',
    ]);
    return table(['CALL', 'CLOSED', 'LASTED', 'GATEWAY', 'ENDED BY', 'REASON'], rows);
  }
  const rows = calls.map(({ nextTimer, ...call }) => [
    call.callId,
    call.state,
    span(call.ageMs),
    call.gateway,
    call.endReason ?? '',
    nextTimer === undefined ? '' : timerWords(nextTimer.timerId, nextTimer.dueAt, now),
  ]);
  return table(['CALL', 'STATE', 'AGE', 'GATEWAY', 'ENDS BY', 'NEXT'], rows);
}

/** Throws what the admin client throws. */
export async function show(command: Command, callId: string): Promise<void> {
  const call = (await adminOf(command).get(`/api/calls/${encodeURIComponent(callId)}`)) as ShownCall;
  outputOf(command).data(call, () => describeCall(call));
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
