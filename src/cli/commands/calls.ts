/** `onhook calls …`: what a running node knows of its calls, and an operator's word about one. */
import type { Command } from 'commander';
import { takesAdmin, wholeNumber } from './options.ts';

const EXAMPLES = `
Examples:
  $ onhook calls ls --state draining
  $ onhook calls show CA0123 --json | jq .timers
  $ onhook calls watch CA0123          its facts as they happen, until it is closed
  $ onhook calls end CA0123            with a farewell
  $ onhook calls kill CA0123           at once
  $ onhook calls erase CA0123          forgets a closed call`;

/** Adds the group. */
export function addCallCommands(program: Command): void {
  const calls = program
    .command('calls')
    .description('list, show, watch and end calls of a running node')
    .helpGroup('Calls:')
    .addHelpText('after', EXAMPLES);
  takesAdmin(calls.command('ls').alias('list'))
    .description('open calls, oldest first')
    .option('--state <state>', 'only calls in this state')
    .option('--gateway <name>', 'only calls of this gateway')
    .option('--limit <number>', 'at most so many', wholeNumber(1))
    .action(async (_options, command: Command) => (await import('../admin/calls.ts')).list(command));
  takesAdmin(calls.command('show <callId>'))
    .description('state, timers, effects, legs and timeline of one call')
    .action(async (callId: string, _options, command: Command) =>
      (await import('../admin/calls.ts')).show(command, callId),
    );
  takesAdmin(calls.command('watch [callId]'))
    .description('facts as they happen: of all calls until Ctrl-C, of one until it is closed')
    .action(async (callId: string | undefined, _options, command: Command) =>
      (await import('../admin/tail.ts')).tail(command, { callId }),
    );
  for (const [verb, description] of [
    ['end', 'end a call with a farewell'],
    ['kill', 'hang up at once, without a farewell'],
    ['end-cancelled', 'let a call go on that was to end, while its farewell still plays'],
  ] as const) {
    takesAdmin(calls.command(`${verb} <callId>`))
      .description(description)
      .option('--reason <text>', 'kept in the causes of the record')
      .action(async (callId: string, _options, command: Command) =>
        (await import('../admin/calls.ts')).request(command, callId, verb),
      );
  }
  takesAdmin(calls.command('erase <callId>'))
    .description('remove the messages, the record and the dead letters of a closed call, for good')
    .action(async (callId: string, _options, command: Command) =>
      (await import('../admin/calls.ts')).erase(command, callId),
    );
}
