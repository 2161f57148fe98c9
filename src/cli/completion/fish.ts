/** Completion for fish, with descriptions. */
import { valueFlags } from './shape.ts';
import type { CommandShape, OptionShape } from './shape.ts';

/** fish knows two escapes between single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function optionLine(condition: string, { flags, description, takesValue, choices }: OptionShape): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = !takesValue ? '' : choices.length === 0 ? ' -r' : ` -x -a ${quoted(choices.join(' '))}`;
  return `complete -c onhook ${condition} ${names.join(' ')}${value} -d ${quoted(description)}`;
}

function linesOf({ path, commands, options, words, takesArguments }: CommandShape): string[] {
  const condition = `-n ${quoted(`__onhook_at "${path}"`)}`;
  // A file name fits only where a command takes an argument that can be anything.
  const files = takesArguments && words.length === 0 ? [] : [`complete -c onhook ${condition} -f`];
  return [
    ...files,
    ...commands.map(
      ({ name, description }) => `complete -c onhook ${condition} -a ${name} -d ${quoted(description)}`,
    ),
    ...words.map((word) => `complete -c onhook ${condition} -a ${quoted(word)}`),
    ...options.map((option) => optionLine(condition, option)),
  ];
}

/** The whole script. Pure. */
export function fishCompletion(shapes: readonly CommandShape[]): string {
  const paths = shapes.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]));
  return `# Made by \`onhook completion fish\`; use: onhook completion fish | source
set -g __onhook_commands ${paths.join(' ')}
set -g __onhook_values ${valueFlags(shapes)
    .map(({ typed }) => quoted(typed))
    .join(' ')}
# Is that the command typed so far?
function __onhook_at
    set -l at
    set -l value 0
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$at $word")
        if test $value = 1
            set value 0
        else if contains -- "$next" $__onhook_values
            set value 1
        else if contains -- "$next" $__onhook_commands
            set at $next
        end
    end
    test "$at" = "$argv[1]"
end
${shapes.flatMap(linesOf).join('\n')}
`;
}
