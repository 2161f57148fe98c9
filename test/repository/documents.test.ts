/** Documents say what is there: numbers exist, codes are those of the source, links lead somewhere. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { citationsIn, definedIn, filesOf, NUMBERED } from '../../scripts/pages/citations.ts';
import type { Numbered } from '../../scripts/pages/citations.ts';
import { coverageGaps } from '../../scripts/pages/coverage-page.ts';
import { SECTIONS } from '../../scripts/pages/errors-page.ts';
import { eventsMarkdown } from '../../scripts/pages/events-page.ts';
import { alarms, codeFamilies } from '../../scripts/pages/outcome-catalogue.ts';
import { RULE_EXCEPTIONS } from '../../scripts/pages/rule-exceptions.ts';
import { TIMERS } from '../../src/contract/timers.ts';

const root = join(import.meta.dirname, '../..');
const kinds = Object.keys(NUMBERED) as Numbered[];

describe('numbered rules', () => {
  it.each(kinds)('%s: the document has each number once, in order', (kind) => {
    const all = Array.from({ length: NUMBERED[kind].count }, (_, i) => i + 1);
    expect(definedIn(kind)).toEqual(all);
  });

  it('are cited by numbers that exist, in code, tests and documents', () => {
    const files = filesOf(['src', 'machines', 'test', 'scripts', 'docs'], ['.ts', '.mjs', '.md']);
    const cited = files.flatMap(({ path, text }) => citationsIn(text).map((one) => ({ path, ...one })));
    expect(cited.length).toBeGreaterThan(200);
    expect(cited.filter(({ kind, number }) => number < 1 || number > NUMBERED[kind].count)).toEqual([]);
  });

  it('are found in lists, ranges and comments that go on in the next line', () => {
    const numbers = (text: string): number[] => citationsIn(text).map(({ number }) => number);
    expect(numbers('log rules 5, 6 and 18')).toEqual([5, 6, 18]);
    expect(numbers('Rows 40 to 42; rule R9')).toEqual([40, 41, 42, 9]);
    expect(numbers(' * as log\n * rule 7 says')).toEqual([7]);
    expect(numbers('a narrow 5, the rule 3')).toEqual([]);
  });

  it.each(kinds)(
    '%s: each is named by a test, or has a reason in scripts/pages/rule-exceptions.ts',
    (kind) => {
      expect(coverageGaps(kind)).toEqual({ missing: [], idle: [] });
      for (const reason of Object.values(RULE_EXCEPTIONS[kind]))
        expect(reason).toMatch(/^[A-Z][^|\n]{30,300}\.$/);
    },
  );

  it('are missed when no test names them, and may not be excepted when one does', () => {
    const coverage = new Map([[1, ['test/a.test.ts']]]);
    const exceptions = { 1: 'A reason.', 2: 'A reason.', 99: 'A reason.' };
    const { missing, idle } = coverageGaps('rule R', { coverage, exceptions });
    expect([missing, idle]).toEqual([
      [3, 4, 5, 6, 7, 8, 9, 10, 11],
      [1, 99],
    ]);
  });
});

/** How codes are written in the source. A new way of writing one belongs here. */
const CODES: readonly (readonly [where: RegExp, code: RegExp])[] = [
  [/^src\//, /\bcode(?: =|:) '([a-z]+(?:_[a-z]+)*)'/g],
  [/^src\/end-functions\//, /'(function_[a-z_]+)'/g],
  [/^src\/end-functions\//, /\b(?:fatal|DeliveryRefused)\('([a-z]+(?:_[a-z]+)*)'/g],
  [/^(src|machines)\//, /\b(?:alarm: |onAlarm\(|raise\()'([a-z_]+)'/g],
  [/^src\/actors\//, /\brefuse\(message, world, '([a-z_]+)'/g],
  [/^machines\//, /\bcode: '([a-z_]+)'/g],
  [/^src\/gateway\/command-desk\.ts$/, /\berror: '([a-z_]+)'/g],
  [/^src\/(admin|ingress)\/problem\.ts$/, /^ {2}([a-z_]+): \{ status/gm],
  [/^src\/config\/problem\.ts$/, /^ {2}\| '([a-z-]+)'/gm],
  [/^src\/gateway\/errors\.ts$/, /^ {2}\| '([a-z_]+)'/gm],
];

function codesOfSource(): Set<string> {
  const found = new Set<string>();
  // The faults of the simulation are nobody's to cure.
  const files = filesOf(['src', 'machines'], ['.ts']).filter(({ path }) => !path.includes('/simulation/'));
  for (const { path, text } of files) {
    for (const [where, code] of CODES) {
      if (!where.test(path)) continue;
      for (const [, name = ''] of text.matchAll(code)) found.add(name);
    }
  }
  return found;
}

describe('docs/errors.md', () => {
  it('lists exactly the codes of the source; cure: scripts/pages/*-catalogue.ts', () => {
    const listed = new Set(
      SECTIONS.filter(({ catalogue }) => catalogue !== codeFamilies).flatMap(({ catalogue }) =>
        Object.keys(catalogue),
      ),
    );
    const source = codesOfSource();
    // An alarm about a refused call carries the refusal's code.
    for (const { catalogue, title } of SECTIONS) {
      if (title.startsWith('Refusals'))
        for (const code of Object.keys(catalogue)) source.add(`call_refused_${code}`);
    }
    source.delete('call_refused_transfer_pending');
    expect({ missing: [...source].filter((code) => !listed.has(code)) }).toEqual({ missing: [] });
    expect({ gone: [...listed].filter((code) => !source.has(code)) }).toEqual({ gone: [] });
  });

  it('gives every code a cause and a cure that fit a table', () => {
    for (const { catalogue } of SECTIONS) {
      for (const { cause, cure } of Object.values(catalogue))
        expect(`${cause}${cure}`).toMatch(/^[^|\n]{10,400}$/);
    }
  });
});

describe('docs/operations.md', () => {
  it('says for every alarm what to do first', () => {
    const text = readFileSync(join(root, 'docs/operations.md'), 'utf8');
    const table = text.split('\n').filter((line) => line.startsWith('|'));
    const missing = Object.keys(alarms).filter((code) => !table.some((line) => line.includes(`\`${code}\``)));
    expect(missing).toEqual([]);
  });
});

describe('docs/events.md', () => {
  it('knows the meaning of everything', () => {
    expect(eventsMarkdown()).not.toMatch(/\bundefined\b|: anything|\| anything/);
  });
});

describe('documents', () => {
  const documents = filesOf(['docs'], ['.md']);

  it('link only to files and headings that exist', () => {
    const broken = documents.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)]
        .filter(([, target = '', anchor]) => {
          const file = target === '' ? join(root, path) : join(root, dirname(path), target);
          if (!existsSync(file)) return true;
          return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).has(anchor);
        })
        .map(([link]) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('name only timers that exist', () => {
    const known = new Set<string>(Object.keys(TIMERS));
    const fields = /`([a-z]+(?:[A-Z][a-z]+)*Ms)`/g;
    const named = ['architecture', 'operations', 'log-protocol', 'decision-table', 'invariants'].flatMap(
      (name) => [...readFileSync(join(root, `docs/${name}.md`), 'utf8').matchAll(fields)],
    );
    const others = new Set([
      'audioMs',
      'expectedMs',
      'waitedMs',
      'timeoutMs',
      'retryAfterMs',
      'logMaxAgeMs',
      'reconcileMs',
      'silenceAfterFarewellMs',
    ]);
    expect(
      named.map(([, name = '']) => name).filter((name) => !known.has(name) && !others.has(name)),
    ).toEqual([]);
  });
});

/** As GitHub makes them, for the headings that we write. */
function anchorsOf(markdown: string): Set<string> {
  return new Set(
    [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
