/** The version of this package, from its own package.json. */
import { readFileSync } from 'node:fs';

/** Two folders up in the source, three in the build. */
const UP = import.meta.url.endsWith('.ts') ? '../..' : '../../..';

/** Semantic version. Reads the file each time. */
export function packageVersion(): string {
  const text = readFileSync(new URL(`${UP}/package.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
