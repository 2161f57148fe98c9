/** `onhook pause | resume | tail`: the whole node at once. */
import type { Command } from 'commander';
import { takesAdmin } from './options.ts';

/** Adds the commands. */
export function addFleetCommands(program: Command): void {
  takesAdmin(program.command('pause'))
    .description('stop every new effect: what would be done is only noted, on all nodes, until resume')
    .helpGroup('Operate:')
    .addHelpText('after', '\nExample:\n  $ onhook pause && onhook calls ls')
    .action(async (_options, command: Command) => (await import('../admin/switch.ts')).set(command, 'pause'));
  takesAdmin(program.command('resume'))
    .description('go on after a pause; what is still wanted is done')
    .helpGroup('Operate:')
    .action(async (_options, command: Command) =>
      (await import('../admin/switch.ts')).set(command, 'resume'),
    );
  takesAdmin(program.command('tail'))
    .description('facts of all calls as they happen')
    .helpGroup('Operate:')
    .option('--type <type>', 'only facts of this type, for example call.closed')
    .addHelpText('after', '\nExample:\n  $ onhook tail --json --type alarm.raised | jq .data.code')
    .action(async (options: { type?: string }, command: Command) =>
      (await import('../admin/tail.ts')).tail(command, { type: options.type }),
    );
}
