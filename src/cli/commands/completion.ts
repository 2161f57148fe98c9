/** `onhook completion`: the commands and options of this program, for a shell. */
import { Argument } from 'commander';
import type { Command } from 'commander';
import type { Shell } from '../completion/print.ts';
import { oneOf } from './options.ts';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

const EXAMPLES = `
Examples:
  $ source <(onhook completion bash)                  for this shell; into ~/.bashrc to keep it
  $ source <(onhook completion zsh)                   after compinit; into ~/.zshrc to keep it
  $ onhook completion fish | source                   into ~/.config/fish/config.fish to keep it`;

/** Adds the command. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options with the Tab key')
    .helpGroup('Set up:')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS).argParser(oneOf(SHELLS)))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell) => (await import('../completion/print.ts')).print(shell, program));
}
