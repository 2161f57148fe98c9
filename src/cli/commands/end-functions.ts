/** `onhook end-functions …`: post-call work, tried out before it is live. */
import type { Command } from 'commander';
import { OF_NATS, prepareSettings, takesSettings } from '../command-settings.ts';

const EXAMPLES = `
Runs them on a recorded call in the sandbox: what they would send is shown, and not sent. A function goes live
by the configuration: functions.<name>.environment (sandbox or live).

Examples:
  $ onhook end-functions test crm.mjs --call CA0123
  $ onhook end-functions test crm.mjs --file CA0123.ndjson --json | jq .outcome
  $ onhook end-functions test --call CA0123          all that the configuration names, shipped ones too`;

const TEST_EXAMPLES = `
Exit 1 when one of them did not succeed.

Examples:
  $ onhook end-functions test crm.mjs --file CA0123.ndjson
  crm 1: done
    not sent {"method":"POST","url":"https://crm.example/calls"}
    returned {"disposition":{"code":"resolved"}}
  $ onhook end-functions test --call CA0123 --nats-url nats://nats:4222 --json`;

/** Adds the group. */
export function addEndFunctionCommands(program: Command): void {
  const group = prepareSettings(program.command('end-functions'))
    .description('try post-call work on a recorded call')
    .helpGroup('Calls:')
    .addHelpText('after', EXAMPLES);
  takesSettings(group.command('test [module]'), ['endFunctions', ...OF_NATS])
    .description('run the functions of a module on a recorded call; nothing is sent')
    .option('--call <callId | file>', 'a call whose messages are still in the log, or a golden log')
    .option('--file <file>', 'a history that `onhook replay --save` wrote')
    .option('--function <name>', 'only this one')
    .addHelpText('after', TEST_EXAMPLES)
    .action(async (module: string | undefined, _options, command: Command) =>
      (await import('../end-functions/try-out.ts')).tryOut(command, module),
    );
}
