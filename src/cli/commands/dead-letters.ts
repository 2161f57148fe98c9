/** `onhook dlq …`: what was given up and kept. */
import type { Command } from 'commander';
import { takesAdmin } from './options.ts';

const EXAMPLES = `
Examples:
  $ onhook dlq ls
  $ onhook dlq show 12
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
  for (const [action, description] of [
    ['redrive', 'try it again now'],
    ['discard', 'give it up for good'],
  ] as const) {
    takesAdmin(letters.command(`${action} <id>`))
      .description(description)
      .action(async (id: string, _options, command: Command) =>
        (await import('../admin/dead-letters.ts')).settle(command, id, action),
      );
  }
}
