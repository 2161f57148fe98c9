/** What the command prints about configuration, NATS, the machine and the tool, for people and programs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onhook-cli-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Shown {
  readonly path: string;
  readonly value: unknown;
  readonly source: string;
}

describe('config', () => {
  it('prints every value with its source: flags over environment over file', async () => {
    const file = join(folder, 'onhook.yaml');
    await writeFile(file, 'partitions: 2\nmode: backstop\ntimers:\n  drainMs: 1000\n');
    const { code, stdout } = await runCli(
      ['config', 'print', '--json', '--config', file, '--timers-drain-ms', '8000'],
      { ONHOOK_PARTITIONS: '4', ONHOOK_ADMIN_TOKEN: 'wonderful-secret' },
    );
    expect(code).toBe(0);
    expect(stdout).not.toContain('wonderful-secret');
    const shown = JSON.parse(stdout) as Shown[];
    const at = (path: string): Shown | undefined => shown.find((one) => one.path === path);
    expect(at('timers.drainMs')).toMatchObject({ value: 8000, source: 'flag --timers-drain-ms' });
    expect(at('partitions')).toMatchObject({ value: 4, source: 'env ONHOOK_PARTITIONS' });
    expect(at('mode')).toMatchObject({ value: 'backstop', source: `file ${file}` });
    expect(at('timers.settleMs')).toMatchObject({ source: 'default' });
  });

  it('exits 78 and names every problem with its cure, and no secret', async () => {
    const { code, stdout, stderr } = await runCli(['config', 'validate'], {
      TWILIO_ACCOUNT_SID: 'AC00000000000000000000000000000000',
      ONHOOK_TIMERS_DRAIN_MS: 'soon',
      LIVEKIT_API_SECRET: 'wonderful-secret',
    });
    expect(code).toBe(78);
    expect(stdout).toBe('');
    expect(stderr).toContain('timers.drainMs');
    expect(stderr).not.toContain('wonderful-secret');
  });

  it('accepts the defaults', async () => {
    const { code, stdout } = await runCli(['config', 'validate', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ valid: true, warnings: [] });
  });

  it('prints a JSON Schema', async () => {
    const { stdout } = await runCli(['config', 'schema']);
    expect(JSON.parse(stdout)).toMatchObject({ title: 'onhook.yaml', type: 'object' });
  });
});

describe('nats config', () => {
  it('prints accounts for onhook and each gateway, with variables for passwords', async () => {
    const { code, stdout } = await runCli(['nats', 'config', '--gateway', 'gw-1', '--partitions', '4']);
    expect(code).toBe(0);
    expect(stdout).toContain('password: $GW_1_NATS_PASSWORD');
    expect(stdout).toContain('{{partition(4,2)}}');
  });

  it('prints a bare one for loopback', async () => {
    const { stdout } = await runCli(['nats', 'config', '--no-auth']);
    expect(stdout).not.toContain('accounts');
  });
});
