/** What `onhook completion` prints. */
import type { Command } from 'commander';
import { addAllSettings } from '../command-settings.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { shapesOf } from './shape.ts';
import { zshCompletion } from './zsh.ts';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** Shells that it can be printed for. */
export type Shell = keyof typeof SCRIPTS;

/** The script is for a shell: `--json` does not change it. */
export async function print(shell: Shell, program: Command): Promise<void> {
  await addAllSettings(program);
  process.stdout.write(SCRIPTS[shell](shapesOf(program)));
}
