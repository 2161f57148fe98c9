/** A secret from a file, as orchestrators mount them. */
import { readFileSync } from 'node:fs';

/** Its text without the final newline, or why there is none, as the end of a sentence. Never throws. */
export function readSecretFile(
  path: string,
): { readonly text: string; readonly problem?: never } | { readonly text?: never; readonly problem: string } {
  try {
    return { text: readFileSync(path, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    return { problem: `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})` };
  }
}
