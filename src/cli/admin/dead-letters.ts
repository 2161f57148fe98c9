/** What `onhook dlq …` prints. */
import type { Command } from 'commander';
import { UsageError } from '../exit.ts';
import { table } from '../output.ts';
import { progressBar } from '../progress-bar.ts';
import { adminOf } from './address.ts';
import { AdminRefused } from './client.ts';
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
    const rows = answer.deadLetters.map(({ id, at, kind, callId, letter }) => [
      id,
      kind,
      callId ?? '',
      functionOf(letter) ?? '',
      new Date(at).toISOString(),
    ]);
    return rows.length === 0 ? 'no dead letters' : table(['ID', 'KIND', 'CALL', 'FUNCTION', 'AT'], rows);
  });
}

/** Throws {@link DeadLetterNotFound}. */
export async function show(command: Command, id: string): Promise<void> {
  const letter = (await letters(command)).deadLetters.find((one) => one.id === id);
  if (letter === undefined) throw new DeadLetterNotFound(id);
  outputOf(command).data(letter, () => JSON.stringify(letter, null, 2));
}

type Action = 'redrive' | 'discard';

interface SettleOptions {
  readonly call?: string;
  readonly kind?: string;
  readonly function?: string;
  readonly all?: boolean;
  readonly yes?: boolean;
  readonly note?: string;
}

const SAID: Readonly<Record<Action, string>> = { redrive: 'tried again', discard: 'discarded' };

/**
 * One by its id, at once; or all that an option names: counted first, and settled only with `--yes`. The
 * node appends each to the log. Throws `UsageError`, and what the admin client throws.
 */
export async function settle(command: Command, id: string | undefined, action: Action): Promise<void> {
  const options = command.opts<SettleOptions>();
  const filtered = [options.call, options.kind, options.function, options.all].some(
    (one) => one !== undefined,
  );
  if ((id === undefined) === !filtered)
    throw new UsageError(
      'give the id of one dead letter, or say which with --call, --kind, --function or --all',
    );
  const output = outputOf(command);
  const chosen =
    id === undefined ? (await matching(command, options, action)).map((letter) => letter.id) : [id];
  if (id === undefined && options.yes !== true) {
    const cure = chosen.length === 0 ? '' : `; the same with --yes: they are ${SAID[action]}`;
    output.data({ matching: chosen.length, settled: [] }, () => `${count(chosen.length)} match${cure}`);
    return;
  }
  const body = options.note === undefined ? {} : { reason: options.note };
  const settled: unknown[] = [];
  const refused: { readonly id: string; readonly code: string }[] = [];
  const admin = adminOf(command);
  const bar = progressBar(chosen.length);
  try {
    for (const one of chosen) {
      await admin.post(`/api/dead-letters/${encodeURIComponent(one)}/${action}`, body).then(
        (answer) => void settled.push(answer),
        (error: unknown) => {
          // One of many that cannot be settled holds up no other.
          if (id !== undefined || !(error instanceof AdminRefused)) throw error;
          refused.push({ id: one, code: error.code });
        },
      );
      bar.show(settled.length + refused.length, `${settled.length} of ${chosen.length}`);
    }
  } finally {
    bar.end();
  }
  if (refused.length > 0) process.exitCode = 1;
  const not = refused.map((one) => `\nnot ${one.id}: ${one.code}`).join('');
  output.data(
    { matching: chosen.length, settled, refused },
    () => `${count(settled.length)} ${SAID[action]}${not}`,
  );
}

/** An input is never tried again: its sender publishes it anew. */
async function matching(
  command: Command,
  options: SettleOptions,
  action: Action,
): Promise<readonly DeadLetter[]> {
  return (await letters(command)).deadLetters.filter(
    ({ kind, callId, letter }) =>
      !(action === 'redrive' && kind === 'input') &&
      (options.kind === undefined || kind === options.kind) &&
      (options.call === undefined || callId === options.call) &&
      (options.function === undefined || functionOf(letter) === options.function),
  );
}

function functionOf(letter: unknown): string | undefined {
  const name = (letter as { function?: unknown } | null)?.function;
  return typeof name === 'string' ? name : undefined;
}

function count(letters: number): string {
  return letters === 1 ? '1 dead letter' : `${letters} dead letters`;
}
