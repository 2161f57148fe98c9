/** `onhook dlq …`: what was given up and kept. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { takesAdmin } from './options.ts';

const EXAMPLES = `
Examples:
  $ onhook dlq ls
  $ onhook dlq show 12
  $ onhook dlq redrive --function crm            how many would be tried again
  $ onhook dlq redrive --function crm --yes      tries them again
  $ onhook dlq discard 12 --note "refunded by hand"
  $ onhook dlq ls --json | jq '.deadLetters[].kind'`;

/** Adds the group. */
export function addDeadLetterCommands(program: Command): void {
  const letters = program
    .command('dlq')
    .description('dead letters: post-call work, legs and inputs that were given up')
    .helpGroup('Calls:')
    .addHelpText('after', EXAMPLES);
  takesAdmin(letters.command('ls').alias('list'))
    .description('list dead letters')
    .action(async (_options, command: Command) => (await import('../admin/dead-letters.ts')).list(command));
  takesAdmin(letters.command('show <id>'))
    .description('one dead letter, whole')
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
    .addOption(new Option('--kind <kind>', 'all of one kind').choices(['function', 'leg', 'input']))
    .option('--all', 'all of the newest 500')
    .option('--yes', 'do it; without it they are only counted')
    .action(async (id: string | undefined, _options, command: Command) =>
      (await import('../admin/dead-letters.ts')).settle(command, id, action),
    );
}
