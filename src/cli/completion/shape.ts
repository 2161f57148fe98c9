/** What can be typed after `onhook`, taken from the program itself: commands, options, fixed values. */
import type { Argument, Command, Option } from 'commander';

/** One option as it is typed. */
export interface OptionShape {
  /** `--format`, `-h`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Whether a word follows. */
  readonly takesValue: boolean;
  /** The only words that may follow; empty: any. */
  readonly choices: readonly string[];
}

/** One command with what may stand behind it. */
export interface CommandShape {
  /** `machine export`; empty for the program. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  /** Its own, then those of the commands above it. */
  readonly options: readonly OptionShape[];
  /** Fixed words of its arguments. */
  readonly words: readonly string[];
  readonly takesArguments: boolean;
}

/** The command and everything below it, itself first. Pure. */
export function shapesOf(command: Command, path = '', above: readonly Option[] = []): CommandShape[] {
  const help = command.createHelp();
  // A command lists `--help` itself; those above it add the options that hold everywhere.
  const options = [...help.visibleOptions(command), ...above];
  const commands = help.visibleCommands(command);
  const shape: CommandShape = {
    path,
    commands: commands.map((one) => ({ name: one.name(), description: one.description() })),
    options: options.map(optionShape),
    words: command.registeredArguments.flatMap(({ argChoices }: Argument) => argChoices ?? []),
    takesArguments: command.registeredArguments.length > 0,
  };
  const below = commands.flatMap((one) =>
    shapesOf(one, path === '' ? one.name() : `${path} ${one.name()}`, [...command.options, ...above]),
  );
  return [shape, ...below];
}

function optionShape({ short, long, description, required, optional, argChoices }: Option): OptionShape {
  return {
    flags: [long, short].filter((flag) => flag !== undefined),
    description,
    takesValue: required || optional,
    choices: argChoices ?? [],
  };
}

/** What to offer behind a command: its commands or fixed words, its options where nothing else fits. */
export function offeredBehind({ commands, words, options, takesArguments }: CommandShape): string[] {
  const first = [...commands.map(({ name }) => name), ...words];
  return first.length > 0 || takesArguments ? first : options.flatMap(({ flags }) => flags);
}

/** An option behind whose flag the next word is a value and names no command. */
export interface ValueFlag {
  /** `calls ls --state` */
  readonly typed: string;
  readonly choices: readonly string[];
}

/** Every flag that takes a value, behind every command that has it. */
export function valueFlags(shapes: readonly CommandShape[]): ValueFlag[] {
  return shapes.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .flatMap(({ flags, choices }) => flags.map((flag) => ({ typed: `${path} ${flag}`.trim(), choices }))),
  );
}

/** In single quotes, for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** As one pattern of `case`. */
export function pattern(texts: readonly string[]): string {
  return texts.map(quoted).join('|');
}
