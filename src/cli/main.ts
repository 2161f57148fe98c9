#!/usr/bin/env node
/** The command `onhook`: runs the program and turns its failure into an exit code. */
import { CommanderError } from 'commander';
import { describeFailure, EXIT, exitCodeOf } from './exit.ts';
import { createProgram } from './program.ts';

// A reader that has seen enough (`onhook tail | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  // commander has already said what is wrong with the command line.
  if (!(error instanceof CommanderError)) {
    process.stderr.write(`${describeFailure(error, process.argv.includes('--json'))}\n`);
  }
  process.exitCode = exitCodeOf(error);
}
