/** `npm run docs`: writes the files that are made from the code. A test holds each one current, reports apart. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generated, reports } from './generated.ts';

for (const [path, render] of Object.entries({ ...generated, ...reports })) {
  const target = join(import.meta.dirname, '..', path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, render());
}
