/** The repository's own commands teach and name mistakes, as `onhook` does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endWithUs } from '../../src/testing/end-with-us.ts';

const root = join(import.meta.dirname, '../..');

async function run(script: string, ...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const child = spawn(process.execPath, [
    '--import',
    import.meta.resolve('tsx'),
    join(root, script),
    ...args,
  ]);
  // One whose arguments went unread would play for minutes.
  endWithUs(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, ...said };
}

const COMMANDS = [
  ['simulation', 'scripts/simulation.ts', ['--sedes', '3'], 'unknown option --sedes. Did you mean --seeds?'],
  [
    'explore',
    'scripts/explore.ts',
    ['--only', 'no such scenario'],
    'no scenario has no such scenario in its name',
  ],
  ['mutants', 'scripts/mutants.ts', ['no-such-bug'], 'unknown bug no-such-bug. Did you mean '],
  ['golden', 'scripts/golden.ts', ['--seeds', 'many'], '--seeds many: give a number from 1 on'],
  ['bench', 'bench/run.ts', ['--quik'], 'unknown option --quik. Did you mean --quick?'],
] as const;

describe.concurrent('npm run', () => {
  it.each(COMMANDS)(
    '%s teaches with --help, and names a mistake without a stack',
    async (name, file, args, words) => {
      const [help, mistake] = await Promise.all([run(file, '--help'), run(file, ...args)]);
      expect({ code: help.code, err: help.err }).toEqual({ code: 0, err: '' });
      expect(help.out).toContain(`npm run ${name} -- `);
      expect(help.out).toMatch(/Examples?:\n/);
      expect(help.out).toContain('Exit codes: 0 ');
      expect({ code: mistake.code, out: mistake.out }).toEqual({ code: 2, out: '' });
      expect(mistake.err).toContain(words);
      expect(mistake.err).not.toMatch(/\n +at /);
    },
  );
});
