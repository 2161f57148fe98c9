/** Completion for bash: a function that finds the command typed so far and offers what may follow. */
import { offeredBehind, pattern, quoted, valueFlags } from './shape.ts';
import type { CommandShape } from './shape.ts';

/** Every case of `$at`, the command typed so far. */
function caseOf(key: string, words: readonly string[]): string {
  return `    ${quoted(key)}) words=${quoted(words.join(' '))} ;;`;
}

/** The whole script. Pure. */
export function bashCompletion(shapes: readonly CommandShape[]): string {
  const commands = shapes.flatMap(({ path }) => (path === '' ? [] : [path]));
  const values = valueFlags(shapes);
  const free = values.filter(({ choices }) => choices.length === 0).map(({ typed }) => typed);
  const fixed = values
    .filter(({ choices }) => choices.length > 0)
    .map(({ typed, choices }) => caseOf(typed, choices));
  const options = shapes.map(({ path, options: all }) =>
    caseOf(
      path,
      all.flatMap(({ flags }) => flags),
    ),
  );
  const behind = shapes.map((shape) => caseOf(shape.path, offeredBehind(shape)));
  return `# Made by \`onhook completion bash\`; use: source <(onhook completion bash)
_onhook() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' word i
  # \`--format=json\` comes as three words.
  if [[ $cur == '=' ]]; then cur=''
  elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${at:+$at }\${COMP_WORDS[i]}"
    case "$word" in
      ${pattern(values.map(({ typed }) => typed))}) ((i++)) ;;
      ${pattern(commands)}) at=$word ;;
    esac
  done
  word="\${at:+$at }$prev"
  case "$word" in
    ${pattern(free)}) ;;
${fixed.join('\n')}
    *)
  if [[ $cur == -* ]]; then case "$at" in
${options.join('\n')}
  esac; else case "$at" in
${behind.join('\n')}
  esac; fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
# Where there is nothing to offer, file names.
complete -o default -F _onhook onhook
`;
}
