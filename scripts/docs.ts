/** `npm run docs`: writes the pages that are made from the code. A test holds each one current. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configMarkdown } from '../src/config/show.ts';

const pages: Record<string, () => string> = { 'docs/config.md': configMarkdown };

for (const [path, render] of Object.entries(pages)) {
  const target = join(import.meta.dirname, '..', path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, render());
}
