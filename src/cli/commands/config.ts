/** `onhook config …` and `onhook nats config`: what is configured, and what NATS must be told. */
import type { Command } from 'commander';
import { prepareSettings, takesSettings } from '../command-settings.ts';
import { collect, wholeNumber } from './options.ts';

const EXAMPLES = `
Examples:
  $ onhook config print                        every value, where it came from, why the default is so
  $ onhook config validate --config prod.yaml
  $ onhook config schema > onhook.schema.json  for your editor`;

const PRINT_EXAMPLES = `
Examples:
  $ onhook config print | grep drain
    drainMs: 15000  # default: mark never echoed; the safety net of the Twilio end_call seed
  $ ONHOOK_TIMERS_DRAIN_MS=8000 onhook config print --json | jq '.[] | select(.source != "default")'`;

const VALIDATE_EXAMPLES = `
Example:
  $ ONHOOK_MODE=onw onhook config validate
  onhook: the configuration is refused:
    mode: Invalid option: expected one of "own"|"backstop"|"observe" (rule invalid-value)
      change mode in ONHOOK_MODE; did you mean own?`;

const SCHEMA_EXAMPLES = `
Example:
  $ onhook config schema > onhook.schema.json
  # first line of onhook.yaml, for the YAML language server of your editor:
  # yaml-language-server: $schema=./onhook.schema.json`;

const NATS_EXAMPLES = `
Passwords are never printed: the file names environment variables, which nats-server reads itself.

Examples:
  $ onhook nats config --gateway gw1 > nats.conf
  $ ONHOOK_NATS_PASSWORD=… GW1_NATS_PASSWORD=… nats-server -c nats.conf`;

/** Adds both groups. */
export function addConfigCommands(program: Command): void {
  const config = prepareSettings(program.command('config'))
    .description('print, validate or describe the configuration')
    .helpGroup('Set up:')
    .addHelpText('after', EXAMPLES);
  takesSettings(config.command('print'))
    .description('every setting with its value, its source and the reason of its default; no secrets')
    .addHelpText('after', PRINT_EXAMPLES)
    .action(async (_options, command: Command) => (await import('../configuration.ts')).print(command));
  takesSettings(config.command('validate'))
    .description('check the configuration; exit 78 names each problem with its cure')
    .addHelpText('after', VALIDATE_EXAMPLES)
    .action(async (_options, command: Command) => (await import('../configuration.ts')).validate(command));
  config
    .command('schema')
    .description('JSON Schema of onhook.yaml')
    .addHelpText('after', SCHEMA_EXAMPLES)
    .action(async () => (await import('../configuration.ts')).schema());

  const nats = prepareSettings(program.command('nats'))
    .description('the NATS side: a server configuration with accounts and permissions')
    .helpGroup('Set up:')
    .addHelpText('after', NATS_EXAMPLES);
  takesSettings(nats.command('config'))
    .description('print a nats-server configuration for this prefix and number of partitions')
    .option('--gateway <name>', 'a gateway fleet that may publish its events; repeatable', collect)
    .option('--no-auth', 'no accounts: for loopback only')
    .option('--durable', 'fsync every message: NATS 2.12.3 or later, with three replicas')
    .option('--host <address>', 'address that the server listens on')
    .option('--port <number>', 'port that the server listens on', wholeNumber(1, 65_535))
    .option('--store-dir <path>', 'folder of JetStream')
    .addHelpText('after', NATS_EXAMPLES)
    .action(async (_options, command: Command) => (await import('../configuration.ts')).nats(command));
}
