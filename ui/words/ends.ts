/** How calls and legs end, in words. */

const FAREWELLS: Readonly<Record<string, string>> = {
  none_needed: 'none was needed',
  confirmed: 'heard: the mark came back',
  unconfirmed: 'played, without proof that it was heard',
  interrupted: 'interrupted',
  timed_out: 'timed out',
  failed: 'failed',
  skipped_caller_left: 'cut short: the caller left',
};

export function farewellWords(outcome: string): string {
  return FAREWELLS[outcome] ?? outcome.replaceAll('_', ' ');
}

const TERMINATIONS: Readonly<Record<string, { readonly words: string; readonly good: boolean }>> = {
  confirmed_by_event: { words: 'ended, its provider said so', good: true },
  confirmed_by_response: { words: 'ended, the answer proves it', good: true },
  already_ended: { words: 'had ended already', good: true },
  confirmed_by_poll: { words: 'ended, found by asking', good: true },
  forced_unconfirmed: { words: 'given up without evidence', good: false },
  failed: { words: 'could not be ended', good: false },
  not_ours: { words: 'left alone: not ours to end', good: true },
};

export function terminationWords(termination: string | undefined): { words: string; good: boolean } {
  if (termination === undefined) return { words: 'up', good: true };
  return TERMINATIONS[termination] ?? { words: termination.replaceAll('_', ' '), good: true };
}
