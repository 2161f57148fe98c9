/** Finds files of this folder, as sources (`.ts`, run through tsx) and as built (`.js`). */
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

const extension = extname(import.meta.url);

/** The file URL of `./<name>` in this folder, with the extension that this very file has. */
export function sibling(name: string): URL {
  return new URL(`./${name}${extension}`, import.meta.url);
}

/** Node options with which a child process can run a {@link sibling}. */
export function siblingExecArgv(): string[] {
  if (extension !== '.ts') return [];
  const loader = createRequire(import.meta.url).resolve('tsx/esm');
  return ['--import', pathToFileURL(loader).href];
}
