/** Completion for zsh, with descriptions. */
import { pattern, quoted, valueFlags } from './shape.ts';
import type { CommandShape } from './shape.ts';

/** `name:what it is`, as \`_describe\` takes it. */
function described(name: string, description: string): string {
  return quoted(`${name.replaceAll(':', '\\:')}:${description}`);
}

function caseOf(key: string, items: readonly string[]): string {
  return `    ${quoted(key)}) found=(${items.join(' ')}) ;;`;
}

function optionsOf({ options }: CommandShape): string[] {
  return options.flatMap(({ flags, description }) => flags.map((flag) => described(flag, description)));
}

function behind(shape: CommandShape): string[] {
  const { commands, words, takesArguments } = shape;
  const first = [
    ...commands.map(({ name, description }) => described(name, description)),
    ...words.map(quoted),
  ];
  return first.length > 0 || takesArguments ? first : optionsOf(shape);
}

/** The whole script. Pure. */
export function zshCompletion(shapes: readonly CommandShape[]): string {
  const commands = shapes.flatMap(({ path }) => (path === '' ? [] : [path]));
  const values = valueFlags(shapes);
  const free = values.filter(({ choices }) => choices.length === 0).map(({ typed }) => typed);
  const fixed = values
    .filter(({ choices }) => choices.length > 0)
    .map(({ typed, choices }) => caseOf(typed, choices.map(quoted)));
  return `#compdef onhook
# Made by \`onhook completion zsh\`; use: source <(onhook completion zsh)
_onhook() {
  local at='' word i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    word="\${at:+$at }\${words[i]}"
    case "$word" in
      ${pattern(values.map(({ typed }) => typed))}) ((i++)) ;;
      ${pattern(commands)}) at=$word ;;
    esac
  done
  word="\${at:+$at }\${words[CURRENT-1]}"
  case "$word" in
    ${pattern(free)}) ;;
${fixed.join('\n')}
    *)
  if [[ \${words[CURRENT]} == -* ]]; then case "$at" in
${shapes.map((shape) => caseOf(shape.path, optionsOf(shape))).join('\n')}
  esac; else case "$at" in
${shapes.map((shape) => caseOf(shape.path, behind(shape))).join('\n')}
  esac; fi ;;
  esac
  if ((\${#found})); then _describe onhook found; else _files; fi
}
# As a file of fpath it is the completion itself; sourced, it registers one.
if [[ \${funcstack[1]} == _onhook ]]; then _onhook "$@"; else compdef _onhook onhook; fi
`;
}
