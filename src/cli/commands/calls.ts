/** `onhook calls …`: what a running node knows of its calls, and an operator's word about one. */
import type { Command } from 'commander';
import type { CallStateName } from '../../supervisor/view.ts';
import { choice, takesAdmin, wholeNumber } from './options.ts';

const EXAMPLES = `
Examples:
  $ onhook calls ls --state draining
  $ onhook calls show CA0123 --json | jq .timers
  $ onhook calls watch CA0123          its facts as they happen, until it is closed
  $ onhook calls end CA0123            with a farewell
  $ onhook calls kill CA0123           at once
  $ onhook calls erase CA0123          forgets a closed call`;

const LS_EXAMPLES = `
Examples:
  $ onhook calls ls
  CALL    STATE     AGE      GATEWAY  ENDS BY         NEXT
  CA0123  draining  2 m 5 s  gw1      agent_end_call  drain in 9.2 s
  CA0124  active    12.3 s   gw1                      liveness in 24.1 s
  $ onhook calls ls --state closed --limit 20     the newest records
  $ onhook calls ls --json | jq -r '.calls[] | select(.ageMs > 3600000) | .callId'`;

const SHOW_EXAMPLES = `
Examples:
  $ onhook calls show CA0123
  call        CA0123
  state       draining
  leg         carrier (twilio) up
  timer       drain in 9.2 s
  timeline    +1 m 56 s  active → draining  (end.requested)
  $ onhook calls show CA0123 --json | jq .legs`;

const WATCH_EXAMPLES = `
Examples:
  $ onhook calls watch CA0123
  10:15:02.114  CA0123  state.changed  from=draining  to=terminating  cause=mark.echoed
  10:15:02.391  CA0123  leg.settled  leg=carrier  termination=confirmed_by_response
  $ onhook calls watch CA0123 --json | jq -r .type`;

const CHANGES = {
  end: [
    'end a call with a farewell',
    `
Examples:
  $ onhook calls end CA0123 --reason 'line needed'
  $ onhook calls end CA0123 && onhook calls watch CA0123`,
  ],
  kill: [
    'hang up at once, without a farewell',
    `
Example:
  $ onhook calls kill CA0123 --reason 'fraud'`,
  ],
  'end-cancelled': [
    'let a call go on that was to end, while its farewell still plays',
    `
Too late once the hangup is under way: then the answer is a conflict, exit 1.

Example:
  $ onhook calls end-cancelled CA0123`,
  ],
} as const;

const ERASE_EXAMPLES = `
What others hold stays theirs: records that were consumed, what end functions wrote.

Example:
  $ onhook calls erase CA0123
  erased: 31 messages, 1 versions of the record, 0 dead letters`;

const STATES = Object.keys({
  active: true,
  'farewell-speaking': true,
  draining: true,
  terminating: true,
  'post-processing': true,
  closed: true,
} satisfies Record<CallStateName, true>);

/** Adds the group. */
export function addCallCommands(program: Command): void {
  const calls = program
    .command('calls')
    .description('list, show, watch and end calls of a running node')
    .helpGroup('Calls:')
    .addHelpText('after', EXAMPLES);
  takesAdmin(calls.command('ls').alias('list'))
    .description('open calls, oldest first; with --state closed the newest records')
    .addOption(choice('--state <state>', 'only calls in this state', STATES))
    .option('--gateway <name>', 'only calls of this gateway')
    .option('--limit <number>', 'at most so many', wholeNumber(1), 100)
    .addHelpText('after', LS_EXAMPLES)
    .action(async (_options, command: Command) => (await import('../admin/calls.ts')).list(command));
  takesAdmin(calls.command('show <callId>'))
    .description('state, legs, timers, effects, end functions and timeline of one call')
    .addHelpText('after', SHOW_EXAMPLES)
    .action(async (callId: string, _options, command: Command) =>
      (await import('../admin/calls.ts')).show(command, callId),
    );
  takesAdmin(calls.command('watch [callId]'))
    .description('facts as they happen: of all calls until Ctrl-C, of one until it is closed')
    .addHelpText('after', WATCH_EXAMPLES)
    .action(async (callId: string | undefined, _options, command: Command) =>
      (await import('../admin/tail.ts')).tail(command, { callId }),
    );
  addChanges(calls);
}

function addChanges(calls: Command): void {
  for (const verb of ['end', 'kill', 'end-cancelled'] as const) {
    const [description, examples] = CHANGES[verb];
    takesAdmin(calls.command(`${verb} <callId>`))
      .description(description)
      .option('--reason <text>', 'kept in the causes of the record')
      .addHelpText('after', examples)
      .action(async (callId: string, _options, command: Command) =>
        (await import('../admin/calls.ts')).request(command, callId, verb),
      );
  }
  takesAdmin(calls.command('erase <callId>'))
    .description('remove the messages, the record and the dead letters of a closed call, for good')
    .addHelpText('after', ERASE_EXAMPLES)
    .action(async (callId: string, _options, command: Command) =>
      (await import('../admin/calls.ts')).erase(command, callId),
    );
}
