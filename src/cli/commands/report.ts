/** `onhook report`: where adopters start. */
import type { Command } from 'commander';
import { OF_NATS, takesSettings } from '../command-settings.ts';
import { positiveNumber, wholeNumber } from './options.ts';

const EXAMPLES = `
Reads the records of calls that onhook watched (ONHOOK_MODE=observe) or kept as a backstop: zombie lines, cut
goodbyes, seconds of silence after the goodbye, and what onhook would have done.

Examples:
  $ onhook report --since 7d
  $ onhook report --json | jq '.summaries[0].zombies'
  $ onhook report --zombie-ms 10000         a line up ten seconds too long is one`;

/** Adds the command. */
export function addReportCommand(program: Command): void {
  takesSettings(program.command('report'), OF_NATS)
    .description('what the calls that onhook only watched show, and what it would have done')
    .helpGroup('Calls:')
    .option('--since <span>', 'how far back: 24h, 7d, or a date', '24h')
    .option('--limit <number>', 'read at most so many records, the newest', wholeNumber(1), 10_000)
    .option('--zombie-ms <ms>', 'how long after its end a line makes a zombie', positiveNumber, 30_000)
    .addHelpText('after', EXAMPLES)
    .action(async (_options, command: Command) => (await import('../report/report.ts')).report(command));
}
