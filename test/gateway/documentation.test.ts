/** The guide for gateway authors says what works: its TypeScript compiles, its `nats pub` lines are understood. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandBodies } from '../../scripts/reference/own-messages.ts';
import { cacheFolder } from '../../scripts/tools.mjs';
import { parseEventSubject } from '../../src/contract/subjects.ts';

async function blocks(guide: string, language: string): Promise<string[]> {
  const text = await readFile(new URL(`../../docs/${guide}`, import.meta.url), 'utf8');
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].flatMap(([, name, code]) =>
    name === language ? [code ?? ''] : [],
  );
}

/** Six seconds of a quiet processor. */
const COMPILE_TIMEOUT_MS = 120_000;

const GUIDES = ['adoption.md', 'gateways.md', 'end-call-tool.md'];

/** One program for all: loading the types of the packages is what takes time. */
function problemsOf(files: readonly string[]): string[] {
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${basename(file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

describe('guides for gateway authors', () => {
  it('have TypeScript that compiles', { timeout: COMPILE_TIMEOUT_MS }, async () => {
    // In this package, which the snippets import, and where no other test looks for sources meanwhile.
    await mkdir(cacheFolder, { recursive: true });
    const folder = await mkdtemp(join(cacheFolder, 'documentation-'));
    try {
      const files: string[] = [];
      for (const guide of GUIDES) {
        const snippets = await blocks(guide, 'ts');
        expect(snippets.length, guide).toBeGreaterThan(0);
        for (const code of snippets)
          files.push(await write(join(folder, `${guide}-${files.length}.ts`), code));
      }
      expect(problemsOf(files)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('publishes on subjects of the contract, with JSON', async () => {
    const published = (await blocks('gateways.md', 'sh'))
      .join('')
      .matchAll(/nats pub (\S+) (?:\\\n\s*)?'([^']*)'/g);
    const events = [...published].map(([, subject = '', body = '']) => ({
      type: parseEventSubject('onhook.v1', subject)?.type,
      data: JSON.parse(body) as unknown,
    }));
    expect(events.map(({ type }) => type)).toEqual([
      'call.started',
      'end.requested',
      'mark.echoed',
      'caller.left',
      'call.started',
      'leg.status',
    ]);
  });

  it('tells every command with its fields', async () => {
    const text = await readFile(new URL('../../docs/gateways.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z-]+)` +\| ([^|]*)\| \S/gm)].map(
      ([, verb, cell = '']) => [verb, [...cell.matchAll(/`(\w+)\??`/g)].map(([, field]) => field)] as const,
    );
    const bodies = Object.entries(commandBodies).map(
      ([verb, body]) =>
        [
          verb,
          Object.keys(z.toJSONSchema(body).properties ?? {}).filter((field) => field !== 'legId'),
        ] as const,
    );
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(bodies));
  });
});

/** As a module of this repository would be, with the published name resolved to its source. */
async function write(path: string, code: string): Promise<string> {
  await writeFile(path, code.replaceAll(/'onhook\/([a-z-]+)'/g, "'../../src/$1/index.ts'"));
  return path;
}
