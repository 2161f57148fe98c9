/** What `onhook dlq …` prints. */
import type { Command } from 'commander';
import { table } from '../output.ts';
import { adminOf } from './address.ts';
import { outputOf } from './calls.ts';

interface DeadLetter {
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly callId?: string;
  readonly letter: unknown;
}

interface DeadLetterList {
  readonly deadLetters: readonly DeadLetter[];
}

/** The API keeps the newest; more are in the stream ONHOOK_DEAD_LETTERS. */
const LIMIT = 500;

async function letters(command: Command): Promise<DeadLetterList> {
  return (await adminOf(command).get(`/api/dead-letters?limit=${LIMIT}`)) as DeadLetterList;
}

/** No such dead letter. Exit 1. */
export class DeadLetterNotFound extends Error {
  readonly code = 'dead_letter_not_found';
  constructor(id: string) {
    super(`no dead letter ${id}; onhook dlq ls shows what there is`);
    this.name = 'DeadLetterNotFound';
  }
}

export async function list(command: Command): Promise<void> {
  const answer = await letters(command);
  outputOf(command).data(answer, () => {
    const rows = answer.deadLetters.map(({ id, at, kind, callId }) => [
      id,
      kind,
      callId ?? '',
      new Date(at).toISOString(),
    ]);
    return rows.length === 0 ? 'no dead letters' : table(['ID', 'KIND', 'CALL', 'AT'], rows);
  });
}

/** Throws {@link DeadLetterNotFound}. */
export async function show(command: Command, id: string): Promise<void> {
  const letter = (await letters(command)).deadLetters.find((one) => one.id === id);
  if (letter === undefined) throw new DeadLetterNotFound(id);
  outputOf(command).data(letter, () => JSON.stringify(letter, null, 2));
}

/** Tries again, or gives up for good. The node appends it to the log. */
export async function settle(command: Command, id: string, action: 'redrive' | 'discard'): Promise<void> {
  const answer = await adminOf(command).post(`/api/dead-letters/${encodeURIComponent(id)}/${action}`);
  outputOf(command).data(answer, () => (action === 'redrive' ? 'it is tried again' : 'it is discarded'));
}
