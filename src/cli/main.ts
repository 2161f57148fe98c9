#!/usr/bin/env node
/** The command `onhook`: runs the program and turns its failure into an exit code. */
import { CommanderError } from 'commander';
import { describeFailure, describeUsage, EXIT, exitCodeOf } from './exit.ts';
import { createProgram } from './program.ts';

// A reader that has seen enough (`onhook tail | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
});
// A node goes on without whoever read its log: nobody's call may end with a log shipper.
process.stderr.on('error', () => undefined);

const json = process.argv.includes('--json');
try {
  await createProgram(json).parseAsync();
} catch (error) {
  // What is wrong with the command line commander has already said, except to programs.
  const said = error instanceof CommanderError ? describeUsage(error, json) : describeFailure(error, json);
  if (said !== undefined) process.stderr.write(`${said}\n`);
  process.exitCode = exitCodeOf(error);
}
