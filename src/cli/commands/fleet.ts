/** `onhook pause | resume | tail`: the whole node at once. */
import type { Command } from 'commander';
import type { FeedType } from '../../contract/feed.ts';
import { choice, takesAdmin } from './options.ts';

const PAUSE_EXAMPLES = `
While it is paused, calls do not end. Questions to carriers and records go on.

Example:
  $ onhook pause && onhook calls ls
  paused: what would be done is only noted until \`onhook resume\``;

const RESUME_EXAMPLES = `
Example:
  $ onhook resume
  resumed: what is still wanted is done now`;

const TAIL_EXAMPLES = `
Until Ctrl-C (exit 130), or the end of the node (exit 69).

Examples:
  $ onhook tail
  10:15:04.402  CA0123  call.closed  endedBy=agent  endReason=agent_end_call  farewell=confirmed
  $ onhook tail --json --type alarm.raised | jq .data.code`;

const FACTS = Object.keys({
  'call.started': true,
  'state.changed': true,
  'end.accepted': true,
  'end.refused': true,
  'end.cancelled': true,
  'effect.attempted': true,
  'effect.settled': true,
  'leg.settled': true,
  'alarm.raised': true,
  'call.closed': true,
} satisfies Record<FeedType, true>);

/** Adds the commands. */
export function addFleetCommands(program: Command): void {
  takesAdmin(program.command('pause'))
    .description('stop every new effect: what would be done is only noted, on all nodes, until resume')
    .helpGroup('Operate:')
    .addHelpText('after', PAUSE_EXAMPLES)
    .action(async (_options, command: Command) => (await import('../admin/switch.ts')).set(command, 'pause'));
  takesAdmin(program.command('resume'))
    .description('go on after a pause; what is still wanted is done')
    .helpGroup('Operate:')
    .addHelpText('after', RESUME_EXAMPLES)
    .action(async (_options, command: Command) =>
      (await import('../admin/switch.ts')).set(command, 'resume'),
    );
  takesAdmin(program.command('tail'))
    .description('facts of all calls as they happen')
    .helpGroup('Operate:')
    .addOption(choice('--type <type>', 'only facts of this type', FACTS))
    .addHelpText('after', TAIL_EXAMPLES)
    .action(async (options: { type?: string }, command: Command) =>
      (await import('../admin/tail.ts')).tail(command, { type: options.type }),
    );
}
