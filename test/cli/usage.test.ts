/** The command line as people meet it: help that teaches, mistakes that are named, exit codes that hold. */
import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

describe('help', () => {
  it('names every command, examples and exit codes, without loading what commands need', async () => {
    const { code, stdout, stderr } = await runCli(['--help']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const command of [
      'dev',
      'serve',
      'simulate',
      'doctor',
      'config',
      'nats',
      'tool-def',
      'machine',
      'pause',
      'resume',
      'tail',
      'calls',
      'dlq',
      'replay',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('69 NATS or node unavailable');
  });

  it('shows the settings as flags, with examples', async () => {
    const { code, stdout } = await runCli(['serve', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--nats-url');
    expect(stdout).toContain('$ onhook serve --mode observe');
  });
});

describe('a mistake on the command line', () => {
  it.each([
    [['sevre'], 'Did you mean serve?'],
    [['calls', 'lst'], "unknown command 'lst'"],
    [['config', 'print', '--nats-prefx', 'x'], 'Did you mean --nats-prefix?'],
    [['tool-def', '--format', 'fax'], 'Allowed choices are openai'],
    [['simulate', '--calls', 'many'], 'It is not a whole number'],
    [['nats', 'config', '--gateway', 'a.b'], '--gateway a.b'],
    [['calls', 'ls', '--admin-url', 'nowhere'], '--admin-url nowhere is not a URL'],
  ])('%j exits 2 and says what is meant', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });

  it('is usage when no command is given', async () => {
    expect((await runCli([])).code).toBe(2);
  });
});

describe('what is not there', () => {
  it('exits 69 with a cure when no node answers', async () => {
    const { code, stderr } = await runCli(['calls', 'ls', '--admin-url', 'http://127.0.0.1:1']);
    expect(code).toBe(69);
    expect(stderr).toContain('no node answers at http://127.0.0.1:1');
  });

  it('says the same as JSON', async () => {
    const { stderr } = await runCli(['pause', '--json', '--admin-url', 'http://127.0.0.1:1']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'admin_unreachable' } });
  });

  it('exits 69 when NATS is not reachable', async () => {
    const { code, stdout, stderr } = await runCli([
      'serve',
      '--wait-ms',
      '0',
      '--nats-url',
      'nats://127.0.0.1:1',
      '--admin-port',
      '0',
      '--ingress-port',
      '0',
    ]);
    expect(code).toBe(69);
    expect(stdout).toBe('');
    expect(stderr).toContain('start nats-server with JetStream, or correct ONHOOK_NATS_URL');
  });
});
