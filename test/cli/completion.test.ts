/** Completion offers what the program has: asked of bash itself, and of the scripts for other shells. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { addAllSettings } from '../../src/cli/command-settings.ts';
import { shapesOf } from '../../src/cli/completion/shape.ts';
import { createProgram } from '../../src/cli/program.ts';
import { runCli } from './run-cli.ts';

const program = createProgram();

/** Names of the commands below one, as the program has them. */
function commandsOf(...path: string[]): string[] {
  const found = path.reduce(
    (command, name) => command.commands.find((one) => one.name() === name) ?? command,
    program,
  );
  return found.commands.map((command) => command.name());
}

let script: string;
beforeAll(async () => {
  await addAllSettings(program);
  script = (await runCli(['completion', 'bash'])).stdout;
});

/** What bash offers for this line; the words as readline splits them. */
function offered(...words: string[]): string[] {
  const ask = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _onhook; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['-c', `${script}\n${ask}`, 'bash', 'onhook', ...words],
    {
      encoding: 'utf8',
    },
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter(Boolean);
}

describe('completion in bash', () => {
  it('offers the commands of a group, and of the program', () => {
    expect(commandsOf('calls')).toContain('ls');
    expect(offered('calls', '').sort()).toEqual([...commandsOf('calls'), 'help'].sort());
    expect(offered('').sort()).toEqual(commandsOf().sort());
    expect(offered('calls', 'en')).toEqual(['end', 'end-cancelled']);
  });

  it('offers the options of a command and those that hold everywhere', () => {
    const options = offered('calls', 'ls', '-');
    expect(options).toEqual(
      expect.arrayContaining(['--state', '--admin-url', '--json', '--config', '--help']),
    );
    expect(options).not.toContain('--format');
    expect(offered('serve', '--nats-u')).toContain('--nats-url');
    expect(new Set(options).size).toBe(options.length);
  });

  it('offers the values of an option and of an argument, whichever way they are written', () => {
    expect(offered('machine', 'export', '--format', '')).toEqual(['json', 'ts', 'mermaid', 'svg']);
    expect(offered('machine', 'export', '--format', '=', 's')).toEqual(['svg']);
    expect(offered('machine', 'export', '--format', '=')).toEqual(['json', 'ts', 'mermaid', 'svg']);
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(offered('calls', 'ls', '--state', 'd')).toEqual(['draining']);
    expect(offered('serve', '--mode', '')).toEqual(['own', 'backstop', 'observe']);
  });

  it('takes the value of an option for no command', () => {
    expect(offered('--config', 'dlq', 'calls', 's')).toEqual(['show']);
    expect(offered('--config', '')).toEqual([]);
  });

  it('leaves file names to the shell where anything may stand', () => {
    expect(offered('calls', 'show', '')).toEqual([]);
    expect(script).toContain('complete -o default -F _onhook onhook');
  });
});

describe('completion in other shells', () => {
  it.each(['zsh', 'fish'])('%s: names every command and every option with its description', async (shell) => {
    const { stdout, code } = await runCli(['completion', shell]);
    expect(code).toBe(0);
    const plain = stdout.replaceAll(/'\\''|\\'/g, "'");
    const flags = shell === 'fish' ? (flag: string) => `-l ${flag.slice(2)} ` : (flag: string) => `'${flag}:`;
    for (const { path, commands, options } of shapesOf(program)) {
      expect(plain).toContain(`'${path}'`.replace("''", shell === 'fish' ? '__onhook_at ""' : "'')"));
      for (const { name, description } of commands) {
        expect(plain).toContain(
          shell === 'fish' ? `-a ${name} -d '${description}'` : `'${name}:${description}'`,
        );
      }
      for (const { flags: all, description } of options) {
        expect(plain).toContain(description);
        for (const flag of all.filter((one) => one.startsWith('--'))) expect(plain).toContain(flags(flag));
      }
    }
  });

  it('knows no shell but these, and says so', async () => {
    const { code, stderr } = await runCli(['completion', 'csh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash, zsh, fish');
  });
});
