/** `onhook tool-def | machine export | replay`: what onhook is, for models, tools and people. */
import type { Command } from 'commander';
import { TOOL_FORMATS } from '../../contract/end-call-tool.ts';
import { OF_NATS, takesSettings } from '../command-settings.ts';
import type { MachineName } from '../machine/print.ts';
import { choice } from './options.ts';

const MACHINES: readonly MachineName[] = ['call', 'effect', 'partition'];

const TOOL_EXAMPLES = `
Prints {"tool": …, "instruction": …}: the tool goes to the model's tools, the instruction into its prompt.
When the model calls it, publish end.requested; onhook does the rest.

Examples:
  $ onhook tool-def --format anthropic | jq .tool
  $ onhook tool-def --extra-description 'Only after the caller confirmed that the issue is resolved.'
  $ onhook tool-def --format livekit | jq -r .instruction`;

const MACHINE_EXAMPLES = `
Examples:
  $ onhook machine export --format mermaid          a state diagram for Markdown
  $ onhook machine export --format svg > call.svg   a diagram for any browser, light and dark
  $ onhook machine export --format json             opens in Stately Studio
  $ onhook machine export --format ts > call.ts     the same as TypeScript, with every name`;

const REPLAY_EXAMPLES = `
Folds the call's own messages again with effects off: nothing is asked of anybody, nothing is written.

Examples:
  $ onhook replay CA0123 --nats-url nats://nats:4222
       20     +0 ms  gw1         call.started          → active
       29    +9.7 s  gw1         end.requested         → draining  command mark #1
       34   +11.9 s  gw1         mark.echoed           → terminating  hang-up-leg carrier #1
  $ onhook replay CA0123 --save CA0123.ndjson       keep it (it may hold personal data)
  $ onhook replay --file CA0123.ndjson --json | jq .state`;

/** Adds the commands. */
export function addExportCommands(program: Command): void {
  program
    .command('tool-def')
    .description('the end_call tool for your model, in its own format')
    .helpGroup('Set up:')
    .addOption(choice('--format <format>', 'whose format', TOOL_FORMATS).default('openai'))
    .option('--extra-description <text>', 'appended to the description: when to end the call, when not')
    .option('--no-farewell', 'leave out the argument farewell: your gateway cannot speak a text')
    .addHelpText('after', TOOL_EXAMPLES)
    .action(async ({ format, ...shape }: { format: string; extraDescription?: string; farewell: boolean }) =>
      (await import('../tool-def.ts')).print(format, shape),
    );
  program
    .command('machine')
    .description('the statecharts: a call, an effect, a partition')
    .helpGroup('Set up:')
    .addHelpText('after', MACHINE_EXAMPLES)
    .command('export')
    .description('write a statechart down')
    .addOption(choice('--format <format>', 'how', ['json', 'ts', 'mermaid', 'svg']).default('json'))
    .addOption(choice('--machine <machine>', 'which', MACHINES).default('call'))
    .addHelpText('after', MACHINE_EXAMPLES)
    .action(async (options: { format: string; machine: MachineName }, command: Command) =>
      (await import('../machine/print.ts')).print(
        options.format,
        options.machine,
        command.optsWithGlobals<{ json: boolean }>().json,
      ),
    );
  takesSettings(program.command('replay [callId]'), OF_NATS)
    .description("step through a call's own messages and see what each one did")
    .helpGroup('Calls:')
    .option('--file <file>', 'a history that --save wrote, in place of the log')
    .option('--save <file>', 'write the history down')
    .addHelpText('after', REPLAY_EXAMPLES)
    .action(async (callId: string | undefined, _options, command: Command) =>
      (await import('../replay/replay.ts')).replay(command, callId),
    );
}
