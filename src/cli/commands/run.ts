/** `onhook dev | serve | doctor | simulate`: what runs onhook, or looks whether it can. */
import type { Command } from 'commander';
import { OF_NATS, prepareSettings, takesSettings } from '../command-settings.ts';
import { inspectOption, positiveNumber, wholeNumber } from './options.ts';

const DEV_EXAMPLES = `
Starts a NATS server of its own (unless ONHOOK_NATS_URL names one), doubles of Twilio, LiveKit and a CRM,
and the orchestrator; plays six calls, shows how each ends, and stays up with its dashboard until Ctrl-C.

Examples:
  $ onhook dev
  $ onhook dev --once          exit when the six have ended: 0 if each did as expected
  $ onhook dev --once --json   one JSON object per fact, then the summary`;

const SERVE_EXAMPLES = `
Examples:
  $ ONHOOK_NATS_URL=nats://nats:4222 TWILIO_ACCOUNT_SID=AC… TWILIO_AUTH_TOKEN_FILE=… onhook serve
  $ onhook serve --mode observe                 only watch, beside the gateway you have
  $ onhook serve --config onhook.yaml --timers-drain-ms 8000

SIGTERM and SIGINT checkpoint and release the partitions. They end no call: the next node goes on with it.`;

const SIMULATE_EXAMPLES = `
An open loop: calls start at their rate, however slowly they end. Without NATS it starts everything itself.
Against a running onhook no carrier is asked for anything, unless --hangup says so.

Examples:
  $ onhook simulate --calls 1000 --rate 50
  closed            1000 of 1000 in 23.6 s, 50 starts/s
  end → closed      p50 2511 ms  p90 2523 ms  p99 2604 ms  max 2650 ms
  mark → hangup     p50 6.1 ms  p90 11.8 ms  p99 31.2 ms  max 40.7 ms
  $ onhook simulate --calls 200 --rate 20 --nats-url nats://nats:4222 --gateway gw1`;

const DOCTOR_EXAMPLES = `
Looks at Node.js, the configuration, NATS (connection, version, JetStream, streams, mapping, clock), the ports,
the public URL, the providers' credentials (asked, nothing is changed) and the end functions. Exit 1 when
something fails; a warning is no failure.

Examples:
  $ onhook doctor
  OK    nats: connected to 127.0.0.1:4222
  FAIL  twilio: account AC0123 is refused (401)
        → correct TWILIO_AUTH_TOKEN: the console of Twilio shows it
  $ onhook doctor --json | jq '.checks[] | select(.verdict != "OK")'`;

/** Adds the commands. */
export function addRunCommands(program: Command): void {
  prepareSettings(program);
  takesSettings(program.command('dev'))
    .description('run everything on this machine and play six calls')
    .helpGroup('Run:')
    .option('--once', 'exit after the summary')
    .addOption(inspectOption())
    .addHelpText('after', DEV_EXAMPLES)
    .action(async (_options, command: Command) => (await import('../dev/dev.ts')).dev(command));
  takesSettings(program.command('serve'))
    .description('run one node of the orchestrator')
    .helpGroup('Run:')
    .option('--wait-ms <ms>', 'how long to wait for NATS at the start', wholeNumber(0), 30_000)
    .addOption(inspectOption())
    .addHelpText('after', SERVE_EXAMPLES)
    .action(async (_options, command: Command) => (await import('../serve/serve.ts')).serve(command));
  takesSettings(program.command('simulate'), OF_NATS)
    .description('make synthetic calls and measure how they end')
    .helpGroup('Run:')
    .option('--calls <number>', 'how many', wholeNumber(1), 100)
    .option('--rate <number>', 'how many start per second', positiveNumber, 10)
    .option('--talk-ms <ms>', 'from the start of a call to its end.requested', wholeNumber(0), 1_000)
    .option('--farewell-ms <ms>', 'how long the farewell plays', wholeNumber(0), 500)
    .option('--wait-ms <ms>', 'how long the last call may take to close', wholeNumber(1), 60_000)
    .option('--gateway <name>', 'name of the simulated fleet (default: the NATS user, else simulator)')
    .option('--hangup', 'let a running onhook hang up through its carrier')
    .addHelpText('after', SIMULATE_EXAMPLES)
    .action(async (_options, command: Command) =>
      (await import('../simulate/simulate.ts')).simulate(command),
    );
  takesSettings(program.command('doctor'))
    .description('check this machine and its configuration; each finding says what to do')
    .helpGroup('Set up:')
    .addHelpText('after', DOCTOR_EXAMPLES)
    .action(async (_options, command: Command) => (await import('../doctor/doctor.ts')).doctor(command));
}
