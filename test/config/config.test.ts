/** Reading the configuration: precedence, refusals that name the rule and the cure, secrets that stay secret. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import type { LoadedConfig, LoadOptions } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/problem.ts';
import type { ConfigProblem } from '../../src/config/problem.ts';
import { renderConfig, showConfig } from '../../src/config/show.ts';
import { DEFAULT_TIMERS, TIMERS } from '../../src/contract/timers.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhook-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function load(options: Partial<LoadOptions>): LoadedConfig {
  return loadConfig({ file: file('empty.yaml', ''), env: {}, ...options });
}

function problemsOf(options: Partial<LoadOptions>): readonly ConfigProblem[] {
  try {
    load(options);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function ruleOf(options: Partial<LoadOptions>): string | undefined {
  return problemsOf(options)[0]?.rule;
}

function sourceOf(loaded: LoadedConfig, path: string): string | undefined {
  return showConfig(loaded).find((setting) => setting.path === path)?.source;
}

describe('the configuration without anything set', () => {
  it("is the contract's defaults", () => {
    const { config, warnings } = load({});
    expect(config).toMatchObject({
      mode: 'own',
      partitions: 1,
      ingress: { port: 7700 },
      admin: { port: 7701, host: '127.0.0.1' },
      nats: { prefix: 'onhook.v1' },
      timers: DEFAULT_TIMERS,
    });
    expect([config.twilio, config.livekit, config.webhook.url]).toEqual([undefined, undefined, undefined]);
    expect(warnings).toEqual([]);
  });

  it('is frozen throughout', () => {
    const { config } = load({});
    expect(
      Object.isFrozen(config) && Object.isFrozen(config.timers) && Object.isFrozen(config.endFunctions),
    ).toBe(true);
  });

  it('shows each value with its source and the reason of its default', () => {
    const shown = showConfig(load({}));
    expect(shown.filter(({ source, reason }) => source !== 'default' || reason === '')).toEqual([]);
    expect(shown.find(({ path }) => path === 'timers.drainMs')?.reason).toBe(TIMERS.drainMs.reason);
  });
});

describe('precedence', () => {
  const yaml = 'partitions: 2\ntimers:\n  drainMs: 2000\n  settleMs: 100\n';

  it('is flags over environment over file over defaults, value by value', () => {
    const path = file('precedence.yaml', yaml);
    const loaded = load({
      file: path,
      env: { ONHOOK_PARTITIONS: '3', ONHOOK_TIMERS_DRAIN_MS: '3000' },
      flags: { partitions: '4' },
    });
    expect(loaded.config.partitions).toBe(4);
    expect(loaded.config.timers).toEqual({ ...DEFAULT_TIMERS, drainMs: 3000, settleMs: 100 });
    expect(sourceOf(loaded, 'partitions')).toBe('flag --partitions');
    expect(sourceOf(loaded, 'timers.drainMs')).toBe('env ONHOOK_TIMERS_DRAIN_MS');
    expect(sourceOf(loaded, 'timers.settleMs')).toBe(`file ${path}`);
    expect(sourceOf(loaded, 'mode')).toBe('default');
  });

  it('reads the file that ONHOOK_CONFIG names, and an empty variable is not set', () => {
    const env = { ONHOOK_CONFIG: file('named.yaml', 'partitions: 5\n'), ONHOOK_PARTITIONS: '' };
    expect(loadConfig({ env }).config.partitions).toBe(5);
  });

  it('takes lists from text separated by commas', () => {
    const env = {
      ONHOOK_NATS_URL: 'nats://127.0.0.1:4222, localhost:4223',
      ONHOOK_END_FUNCTIONS: './a.js,./b.js',
    };
    const { config } = load({ env });
    expect(config.nats.url).toEqual(['nats://127.0.0.1:4222', 'localhost:4223']);
    expect(config.endFunctions).toEqual(['./a.js', './b.js']);
  });

  it('takes the customary variables of the providers', () => {
    const env = {
      TWILIO_ACCOUNT_SID: 'AC1',
      TWILIO_AUTH_TOKEN: 't',
      ONHOOK_TWILIO_BASE_URL: 'http://127.0.0.1:9',
      LIVEKIT_URL: 'ws://127.0.0.1:7880',
      LIVEKIT_API_KEY: 'k',
      LIVEKIT_API_SECRET: 's',
      ONHOOK_WEBHOOK_URL: 'http://10.0.0.1/hook',
      ONHOOK_WEBHOOK_SECRET: 'w',
    };
    const { config } = load({ env });
    expect(config.twilio).toMatchObject({ baseUrl: 'http://127.0.0.1:9', accounts: [{ accountSid: 'AC1' }] });
    expect(config.livekit).toMatchObject({ url: 'ws://127.0.0.1:7880', apiKey: 'k' });
    expect(config.webhook.secret?.reveal()).toBe('w');
  });

  it('puts the account of the environment before those of the file', () => {
    const path = file('accounts.yaml', 'twilio:\n  accounts:\n    - {accountSid: AC2, authToken: two}\n');
    const { config } = load({ file: path, env: { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'one' } });
    expect(config.twilio?.accounts.map(({ accountSid }) => accountSid)).toEqual(['AC1', 'AC2']);
  });
});

describe('what is refused', () => {
  it.each([
    ['timers.drainMS', 'timers:\n  drainMS: 1\n', 'timers.drainMs'],
    ['partitons', 'partitons: 1\n', 'partitions'],
    ['drainMs', 'drainMs: 1\n', 'timers.drainMs'],
    ['twilio.accounts.0.authTokn', 'twilio:\n  accounts: [{accountSid: AC1, authTokn: x}]\n', 'authToken'],
  ])('an unknown key %s, with the nearest known key', (path, yaml, nearest) => {
    const problem = problemsOf({ file: file('unknown.yaml', yaml) })[0];
    expect(problem).toMatchObject({ path, rule: 'unknown-key' });
    expect(problem?.cure).toContain(nearest);
  });

  it.each(['-1', '1.5', '2147483648', 'soon', '999x'])('a timer of %s', (text) => {
    const [problem] = problemsOf({ env: { ONHOOK_TIMERS_DRAIN_MS: text } });
    expect(problem).toMatchObject({ path: 'timers.drainMs', rule: 'timer-range' });
    expect(problem?.cure).toContain('ONHOOK_TIMERS_DRAIN_MS');
  });

  it('but not a timer at either end of the range', () => {
    expect(load({ env: { ONHOOK_TIMERS_DRAIN_MS: '0' } }).config.timers.drainMs).toBe(0);
    expect(load({ env: { ONHOOK_TIMERS_LATE_HORIZON_MS: '2147483647' } }).config.timers.lateHorizonMs).toBe(
      2147483647,
    );
  });

  it.each([
    ['farewell-start-within-farewell', { ONHOOK_TIMERS_FAREWELL_START_MS: '30001' }],
    ['checkpoint-within-lease', { ONHOOK_TIMERS_CHECKPOINT_MS: '1667' }],
    ['lifetime-above-max-call', { ONHOOK_TIMERS_LIFETIME_MS: '14100000' }],
    ['lifetime-above-max-call', { ONHOOK_TIMERS_MAX_CALL_MS: '86400000' }],
    ['log-outlives-calls', { ONHOOK_RETENTION_LOG_MAX_AGE_MS: '86400000' }],
    ['admin-token-required', { ONHOOK_ADMIN_HOST: '0.0.0.0' }],
    ['nats-open', { ONHOOK_NATS_URL: 'nats://127.0.0.1,nats://nats:4222' }],
    ['invalid-value', { ONHOOK_MODE: 'watch' }],
    ['invalid-value', { ONHOOK_NATS_ALLOW_OPEN: 'perhaps' }],
  ])('%s: %o', (rule, env) => {
    expect(ruleOf({ env })).toBe(rule);
  });

  it.each([
    [{ TWILIO_ACCOUNT_SID: 'AC1' }, 'Twilio'],
    [{ TWILIO_AUTH_TOKEN: 'x' }, 'Twilio'],
    [{ TWILIO_ACCOUNT_SID: 'AC1', TWILIO_API_KEY: 'x' }, 'Twilio'],
    [{ LIVEKIT_URL: 'ws://127.0.0.1' }, 'LiveKit'],
    [{ LIVEKIT_API_KEY: 'x', LIVEKIT_API_SECRET: 'y' }, 'LiveKit'],
    [{ ONHOOK_WEBHOOK_SECRET: 'x' }, 'Webhook'],
    [{ ONHOOK_NATS_USER: 'x' }, 'NATS'],
  ])('a half-configured provider, by name: %o', (env, name) => {
    const [problem] = problemsOf({ env });
    expect(problem?.rule).toBe('half-configured-provider');
    expect(problem?.message).toContain(`${name} is half configured`);
  });

  it('but not what is within the same rules', () => {
    const rules = { ONHOOK_TIMERS_FAREWELL_START_MS: '30000', ONHOOK_TIMERS_CHECKPOINT_MS: '1666' };
    const admin = { ONHOOK_ADMIN_HOST: '0.0.0.0', ONHOOK_ADMIN_TOKEN: 'x' };
    const nats = { ONHOOK_NATS_URL: 'nats://nats:4222', ONHOOK_NATS_ALLOW_OPEN: 'true' };
    expect(problemsOf({ env: { ...rules, ...admin, ...nats } })).toEqual([]);
    expect(
      problemsOf({ env: { ONHOOK_NATS_URL: 'nats://[::1]:4222,localhost', ONHOOK_ADMIN_HOST: '::1' } }),
    ).toEqual([]);
  });

  it('all problems at once', () => {
    const env = { TWILIO_ACCOUNT_SID: 'AC1', LIVEKIT_URL: 'ws://127.0.0.1', ONHOOK_ADMIN_HOST: '0.0.0.0' };
    expect(problemsOf({ env })).toHaveLength(3);
  });

  it('a file that is missing, is no map or no YAML, without quoting it', () => {
    expect(ruleOf({ file: join(folder, 'missing.yaml') })).toBe('file-unreadable');
    expect(ruleOf({ file: file('list.yaml', '- 1\n') })).toBe('file-syntax');
    const [problem] = problemsOf({ file: file('broken.yaml', 'admin:\n  token: "planted-secret\n') });
    expect(problem?.rule).toBe('file-syntax');
    expect(JSON.stringify(problem)).not.toContain('planted-secret');
  });

  it('nothing for an unknown ONHOOK_ variable: a warning names the nearest', () => {
    const { warnings } = load({ env: { ONHOOK_PARTITONS: '3', OTHER: 'x' } });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('did you mean ONHOOK_PARTITIONS?');
  });
});

describe('secrets', () => {
  it('come from the file that *_FILE names, without its final newline', () => {
    const env = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN_FILE: file('token', 'from-a-file\n') };
    const loaded = load({ env });
    expect(loaded.config.twilio?.accounts[0].authToken?.reveal()).toBe('from-a-file');
    expect(sourceOf(loaded, 'twilio.authToken')).toBe('secret file TWILIO_AUTH_TOKEN_FILE');
  });

  it('are not set by an empty file, so that a compose file can mount one for each provider', () => {
    const env = { TWILIO_AUTH_TOKEN_FILE: file('empty-token', '\n') };
    expect(load({ env }).config.twilio).toBeUndefined();
  });

  it('are refused when the file is missing, or when given twice', () => {
    expect(ruleOf({ env: { ONHOOK_ADMIN_TOKEN_FILE: join(folder, 'nowhere') } })).toBe('secret-unreadable');
    const twice = { ONHOOK_ADMIN_TOKEN: 'x', ONHOOK_ADMIN_TOKEN_FILE: file('admin', 'x') };
    expect(ruleOf({ env: twice })).toBe('secret-given-twice');
  });

  it('never print: not as text, JSON or inspected, nor in `config print` (invariant 22)', () => {
    const planted = 'planted-secret';
    const path = file('secrets.yaml', `twilio:\n  accounts: [{accountSid: AC2, authToken: ${planted}}]\n`);
    const env = {
      TWILIO_ACCOUNT_SID: 'AC1',
      TWILIO_AUTH_TOKEN: planted,
      ONHOOK_ADMIN_TOKEN: planted,
      ONHOOK_NATS_URL: `nats://me:${planted}@nats:4222`,
      ONHOOK_WEBHOOK_URL: 'http://127.0.0.1/',
      ONHOOK_WEBHOOK_SECRET: planted,
    };
    const loaded = load({ file: path, env });
    const printed = [
      renderConfig(loaded),
      JSON.stringify(showConfig(loaded)),
      JSON.stringify(loaded.config),
      inspect(loaded.config, { depth: 9 }),
      String(loaded.config.admin.token),
    ].join('\n');
    expect(printed).not.toContain(planted);
    expect(loaded.config.nats.password?.reveal()).toBe(planted);
  });

  it('do not appear in the problems of a configuration', () => {
    const planted = 'planted-secret';
    const secrets = {
      TWILIO_AUTH_TOKEN: planted,
      ONHOOK_NATS_PASSWORD: planted,
      LIVEKIT_API_SECRET: planted,
    };
    const problems = problemsOf({ env: secrets });
    expect(problems.length).toBeGreaterThan(0);
    expect(new ConfigError(problems).message).not.toContain(planted);
  });
});
