/** Help teaches: every command shows how it is used, and every line it shows is one that works. */
import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { addAllSettings, asksNode } from '../../src/cli/command-settings.ts';
import { createProgram } from '../../src/cli/program.ts';

const program = createProgram();
beforeAll(() => addAllSettings(program));

function below(command: Command): Command[] {
  return [command, ...command.commands.flatMap(below)];
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => void (text += part) });
  command.outputHelp();
  return text;
}

const all = below(program).map((command) => [nameOf(command), command] as const);

/** The words behind `onhook` in an example, up to a comment or the shell's next command. */
function examplesIn(help: string): string[][] {
  return [...help.matchAll(/^ +\$ .*?\bonhook ([^\n]*)$/gm)].map(([, rest = '']) => {
    const words = rest.split(/ {2,}| [|>&]|\)/)[0] ?? '';
    return words.trim().split(/\s+/);
  });
}

/** What of an example the program does not have. */
function unknownIn(words: readonly string[]): string[] {
  let at: Command = program;
  const unknown: string[] = [];
  for (const word of words) {
    const next = at.commands.find((one) => one.name() === word);
    if (next !== undefined) at = next;
    else if (word.startsWith('--') && !knows(at, word.split('=')[0] ?? '')) unknown.push(word);
    else if (at === program && !word.startsWith('-')) unknown.push(word);
  }
  if (at.commands.length > 0 && at !== program) unknown.push('(no command)');
  return unknown;
}

function knows(command: Command, flag: string): boolean {
  if (flag === '--help') return true;
  const here = command.options.some(({ long }) => long === flag);
  return here || (command.parent !== null && knows(command.parent, flag));
}

describe('the help', () => {
  it.each(all)('of %s shows examples that the program takes, and the exit codes', (_name, command) => {
    const help = helpOf(command);
    const examples = examplesIn(help);
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.flatMap((words) => unknownIn(words).map((word) => [words.join(' '), word]))).toEqual([]);
    expect(help).toContain('Exit codes: 0 ok, 1 failed, 2 wrong usage');
    expect(help).not.toMatch(/default: (false|\[\])/);
    if (asksNode(command)) expect(help).toContain('ONHOOK_ADMIN_TOKEN');
  });

  it('is noticed when an example is wrong', () => {
    expect(unknownIn(['calls', 'lst'])).toEqual(['(no command)']);
    expect(unknownIn(['calls', 'ls', '--satte', 'active'])).toEqual(['--satte']);
    expect(unknownIn(['cals', 'ls'])).toEqual(['cals', 'ls']);
  });

  it('lists the settings behind the options of the command itself', () => {
    const simulate = all.find(([name]) => name === 'onhook simulate')?.[1];
    const help = simulate === undefined ? '' : helpOf(simulate);
    expect(help).toMatch(/--calls[^]*Settings:/);
    expect(help).toContain('--nats-url');
    expect(help).not.toContain('--ingress-port');
  });
});
