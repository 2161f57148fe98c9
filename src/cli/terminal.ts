/** What a terminal may be shown: colours, and lines that are drawn again. Pipes and CI get plain text. */
import { styleText } from 'node:util';

/** Names of `styleText`, those that are used. */
export type Paint = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/**
 * The text in a colour, where the stream is a terminal that has some. `NO_COLOR`, `FORCE_COLOR` and `TERM`
 * decide as Node.js says. To be called after columns are padded: a painted text is longer than it looks.
 */
export function paint(how: Paint, text: string, stream: NodeJS.WritableStream = process.stdout): string {
  return styleText(how, text, { stream, validateStream: true });
}

/** Whether lines may move: on a terminal that can, and not in a build whose log keeps every redraw. */
export function canRedraw(
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  const { CI = '', TERM = '' } = env;
  return stream.isTTY === true && TERM !== 'dumb' && (CI === '' || CI === 'false');
}
