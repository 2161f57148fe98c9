/**
 * An operator's command on a call. The node that holds the call checks and appends; for a call of
 * another node it is appended here, since the log decides and not who wrote.
 */
import { randomUUID } from 'node:crypto';
import { eventSubject, PRINCIPALS } from '../contract/subjects.ts';
import type { CallCommand, CallStateName } from '../supervisor/view.ts';
import { findCall } from './find-call.ts';
import type { AdminParts } from './parts.ts';
import { Problem } from './problem.ts';
import { lastRecord } from './stored.ts';

/** What an operator asks for. */
export interface OperatorCommand {
  readonly callId: string;
  readonly command: CallCommand;
  readonly reason: string | undefined;
}

const TYPES: Readonly<Record<CallCommand, string>> = {
  end: 'operator.end-requested',
  kill: 'operator.kill-requested',
  'end-cancelled': 'operator.end-cancelled',
};

/** States in which a command can still have an effect (rows 48 to 50). */
const ALLOWED: Readonly<Record<CallCommand, readonly CallStateName[]>> = {
  end: ['active', 'farewell-speaking', 'draining'],
  kill: ['active', 'farewell-speaking', 'draining'],
  'end-cancelled': ['farewell-speaking', 'draining'],
};

/**
 * Resolves with the command's sequence in the log. Throws `call_not_found`, `call_closed`,
 * `call_conflict`; rejects with `LogUnavailable`, after which it may have been stored.
 */
export async function commandCall(parts: AdminParts, request: OperatorCommand): Promise<number> {
  const { callId, command, reason } = request;
  const answer = await parts.view.request(callId, command, reason);
  if ('seq' in answer) return answer.seq;
  if (answer.error === 'conflict') throw new Problem('call_conflict', answer.detail);
  if (answer.error === 'closed') throw new Problem('call_closed', answer.detail);

  const { detail, unanswered } = await findCall(parts, callId);
  if (detail !== undefined && !ALLOWED[command].includes(detail.state)) {
    throw new Problem('call_conflict', `${command} does nothing in ${detail.state}`);
  }
  if (detail === undefined) await requireOpen(parts, callId, unanswered);
  return append(parts, request);
}

/** Nobody holds it: it is over, unknown, or its partition is between two owners and will read the command. */
async function requireOpen(
  { log }: AdminParts,
  callId: string,
  unanswered: readonly number[],
): Promise<void> {
  if ((await lastRecord(log, callId)) !== undefined)
    throw new Problem('call_closed', 'the record is written');
  const waits = unanswered.length > 0 && (await log.ofCall(callId)).length > 0;
  if (!waits) throw new Problem('call_not_found', `no open call and no record: ${callId}`);
}

async function append({ log }: AdminParts, { callId, command, reason }: OperatorCommand): Promise<number> {
  const type = TYPES[command];
  const { seq } = await log.append('log', {
    subject: eventSubject(log.prefix, PRINCIPALS.operator, callId, type),
    headers: { 'ce-type': type, 'ce-id': randomUUID() },
    data: new TextEncoder().encode(JSON.stringify(reason === undefined ? {} : { reason })),
  });
  return seq;
}
