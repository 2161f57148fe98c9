/** `onhook dlq …`: what was given up and kept. */
import type { Command } from 'commander';
import { choice, takesAdmin } from './options.ts';

const EXAMPLES = `
Examples:
  $ onhook dlq ls
  $ onhook dlq show 12
  $ onhook dlq redrive --function crm            how many would be tried again
  $ onhook dlq redrive --function crm --yes      tries them again
  $ onhook dlq discard 12 --note "refunded by hand"
  $ onhook dlq ls --json | jq '.deadLetters[].kind'`;

const LS_EXAMPLES = `
Examples:
  $ onhook dlq ls
  ID  KIND      CALL    FUNCTION  AT
  12  function  CA0123  crm       2026-11-21T10:15:04.402Z
  $ onhook dlq ls --json | jq '.deadLetters | group_by(.kind) | map({kind: .[0].kind, count: length})'`;

const SHOW_EXAMPLES = `
Example:
  $ onhook dlq show 12 | jq .letter.error`;

const SETTLE_EXAMPLES = {
  redrive: `
Examples:
  $ onhook dlq redrive 12                        this one, now
  $ onhook dlq redrive --function crm
  3 dead letters match; the same with --yes: they are tried again
  $ onhook dlq redrive --function crm --yes`,
  discard: `
Examples:
  $ onhook dlq discard 12 --note 'refunded by hand'
  $ onhook dlq discard --kind input --yes        what no gateway should have sent`,
} as const;

/** Adds the group. */
export function addDeadLetterCommands(program: Command): void {
  const letters = program
    .command('dlq')
    .description('dead letters: post-call work, legs and inputs that were given up')
    .helpGroup('Calls:')
    .addHelpText('after', EXAMPLES);
  takesAdmin(letters.command('ls').alias('list'))
    .description('list dead letters, the newest 500')
    .addHelpText('after', LS_EXAMPLES)
    .action(async (_options, command: Command) => (await import('../admin/dead-letters.ts')).list(command));
  takesAdmin(letters.command('show <id>'))
    .description('one dead letter, whole')
    .addHelpText('after', SHOW_EXAMPLES)
    .action(async (id: string, _options, command: Command) =>
      (await import('../admin/dead-letters.ts')).show(command, id),
    );
  const discard = addSettle(letters, 'discard', 'give it up for good, or all that match');
  discard.option('--note <text>', 'why; kept in the record');
  addSettle(letters, 'redrive', 'try it again now, or all that match; a repeat runs once at a time');
}

function addSettle(letters: Command, action: 'redrive' | 'discard', description: string): Command {
  return takesAdmin(letters.command(`${action} [id]`))
    .description(description)
    .option('--call <callId>', 'all of one call')
    .option('--function <name>', 'all of one end function')
    .addOption(choice('--kind <kind>', 'all of one kind', ['function', 'leg', 'input']))
    .option('--all', 'all of the newest 500')
    .option('--yes', 'do it; without it they are only counted')
    .addHelpText('after', SETTLE_EXAMPLES[action])
    .action(async (id: string | undefined, _options, command: Command) =>
      (await import('../admin/dead-letters.ts')).settle(command, id, action),
    );
}
