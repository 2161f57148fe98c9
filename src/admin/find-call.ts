/** Where an open call is: here, or at another node. */
import type { CallDetail } from '../supervisor/view.ts';
import type { Gathered, Question } from './answers.ts';
import { chooseDetail, gather } from './answers.ts';
import type { AdminParts } from './parts.ts';

/** What the nodes know of an open call. */
export interface Found {
  readonly detail: CallDetail | undefined;
  /** Partitions that did not answer; a call that was not found may be there. */
  readonly unanswered: readonly number[];
}

/** Asks every node. Never rejects because one is silent. */
export function askAll<T>({ view, peers, log }: AdminParts, question: Question<T>): Promise<Gathered<T>> {
  return gather(view, peers, log.partitions, question);
}

/** This node first, then the others. Reads only; silence of others is no error. */
export async function findCall(parts: AdminParts, callId: string): Promise<Found> {
  const known = parts.view.call(callId);
  if (known !== undefined) return { detail: known, unanswered: [] };
  const { answers, unanswered } = await askAll<CallDetail | null>(parts, {
    query: 'call',
    request: { callId },
    local: () => null,
    accepts: (data) => data === null || isNamed(data),
  });
  return { detail: chooseDetail(answers), unanswered };
}

/** Something that says which call it is, as everything about a call does. */
export function isNamed(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'callId' in data && typeof data.callId === 'string';
}
