/** The examples of docs/end-functions.md, as their reader would use them: each runs as it is written. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { openEndFunctions } from '../../../src/cli/serve/end-functions.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import { loadConfig } from '../../../src/config/config.ts';
import type { EndFunctions } from '../../../src/end-functions/end-function.ts';
import type { Publisher } from '../../../src/end-functions/shipped/publish.ts';

const page = readFileSync(new URL('../../../docs/end-functions.md', import.meta.url), 'utf8');

const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [/^`(\w+)`/.exec(section)?.[1] ?? '', section] as const),
);

/** Names of the shipped functions that have a chapter. */
export const documented: readonly string[] = [...sections.keys()];

function blocks(name: string, language: string): string[] {
  const fence = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g');
  return [...(sections.get(name) ?? '').matchAll(fence)].map(([, text = '']) => text);
}

/** The minimal example, then the real one. */
export function examplesOf(name: string): string[] {
  return blocks(name, 'yaml');
}

/** The statements of a chapter. */
export function sqlOf(name: string): string {
  return blocks(name, 'sql').join('\n');
}

export interface ExampleOptions {
  /** What stands for an address, a secret or a place in the text → what the test has in its place. */
  readonly places?: Readonly<Record<string, string>>;
  /** Top-level keys of the configuration beside the example. */
  readonly beside?: object;
  readonly publisher?: Publisher;
}

/** Loads the example as `onhook serve` would. Throws what the start throws, and when a place is not in the text. */
export function openExample(example: string, options: ExampleOptions = {}): Promise<EndFunctions> {
  const { places = {}, beside = {}, publisher } = options;
  let text = example;
  for (const [place, given] of Object.entries(places)) {
    if (!text.includes(place)) throw new TypeError(`the example does not hold ${place} any more`);
    text = text.replaceAll(place, given);
  }
  const folder = mkdtempSync(join(tmpdir(), 'onhook-documented-'));
  try {
    const file = join(folder, 'onhook.yaml');
    writeFileSync(file, stringify({ ...beside, ...(parse(text) as object) }));
    const { config } = loadConfig({ file, env: {} });
    return openEndFunctions(config, { clock: systemClock, ...(publisher && { publisher }) });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
