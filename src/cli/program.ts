/**
 * The command line as a tree: names, options, help with examples. Everything that a command runs is
 * imported when it runs, so that `--help` answers at once.
 */
import { Command } from 'commander';
import { addCallCommands } from './commands/calls.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConfigCommands } from './commands/config.ts';
import { addDeadLetterCommands } from './commands/dead-letters.ts';
import { addEndFunctionCommands } from './commands/end-functions.ts';
import { addExportCommands } from './commands/export.ts';
import { addFleetCommands } from './commands/fleet.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommands } from './commands/run.ts';
import { addHelpCommand, configureTeaching } from './help.ts';
import { packageVersion } from './version.ts';

const INTRODUCTION =
  'onhook ends phone calls properly: it lets the farewell finish, hangs up once and sees it confirmed, ' +
  'deletes the room, runs the post-call work, and records who ended the call and why.';

const EXAMPLES = `
Examples:
  $ onhook dev                              six demo calls, nothing to install or configure
  $ onhook doctor                           what is missing before serve can work
  $ ONHOOK_NATS_URL=nats://nats:4222 onhook serve
  $ onhook calls ls                         open calls of a running node
  $ onhook calls show CA0123                state, timers, effects and record of one call
  $ onhook report --since 7d                what calls that were only watched show
  $ onhook tool-def --format openai         the end_call tool for your model

Every command has examples: onhook help calls ls. Data is on stdout (--json for programs), progress on stderr.`;

/**
 * The program, not yet parsed. Throws `CommanderError` while parsing, after having said why on stderr; with
 * `json` it leaves that to the caller, who says it as JSON.
 */
export function createProgram(json = false): Command {
  const program = new Command('onhook')
    .description(INTRODUCTION)
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--json', 'print JSON')
    .option('--config <file>', 'configuration file (default: ONHOOK_CONFIG, else onhook.yaml if it exists)')
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  configureTeaching(program);
  if (json) program.configureOutput({ writeErr: () => undefined });
  addRunCommands(program);
  addFleetCommands(program);
  addCallCommands(program);
  addDeadLetterCommands(program);
  addEndFunctionCommands(program);
  addReportCommand(program);
  addConfigCommands(program);
  addExportCommands(program);
  addCompletionCommand(program);
  addHelpCommand(program);
  return program;
}
