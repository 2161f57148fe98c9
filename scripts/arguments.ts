/** Arguments of this repository's own commands: `--help` teaches, a mistake is named, without a stack. Exit 2. */
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { closest } from 'fastest-levenshtein';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>>;

/** Ends the process with 2. */
export function refuse(problem: string): never {
  console.error(`${problem}\n(--help shows what there is)`);
  process.exit(2);
}

/** What was given, by the options of `parseArgs`. `--help` prints the help and ends the process with 0. */
export function readArguments<const O extends Options>(
  help: string,
  options: O,
  allowPositionals = false,
): Parsed<O> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(help.trim());
    process.exit(0);
  }
  try {
    const given = parseArgs<{ args: string[]; options: O; allowPositionals: true }>({
      args,
      options,
      allowPositionals: true,
    });
    const [word] = given.positionals;
    return allowPositionals || word === undefined ? given : refuse(`${word} is not expected here`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_PARSE_ARGS_') !== true) throw error;
    const [, unknown] = /Unknown option '(-[^']*)'/.exec(message) ?? [];
    if (unknown === undefined) return refuse(message);
    const nearest = closest(
      unknown,
      [...Object.keys(options), 'help'].map((name) => `--${name}`),
    );
    return refuse(`unknown option ${unknown}. Did you mean ${nearest}?`);
  }
}

/** A number from `least` on, or the fallback where none was given. Ends the process for another text. */
export function numberOf(flag: string, text: string | undefined, fallback: number, least = 1): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() === '' || !(value >= least))
    return refuse(`${flag} ${text}: give a number from ${least} on`);
  return value;
}
