/** `onhook doctor`: each thing that can be wrong is found, with the sentence that mends it. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Finding } from '../../src/cli/doctor/check.ts';
import { checkEndFunctions, checkNode, checkPorts } from '../../src/cli/doctor/machine.ts';
import { checkNats, checkSkew, checkVersion } from '../../src/cli/doctor/nats.ts';
import { checkProviders } from '../../src/cli/doctor/providers.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Config } from '../../src/config/config.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startStubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import { startStubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import { runCli } from './run-cli.ts';

function configured(env: NodeJS.ProcessEnv): Config {
  return loadConfig({ env, file: '/dev/null' }).config;
}

/** As one line each, the cure behind an arrow. */
function told(findings: readonly Finding[] | Finding): string[] {
  return [findings]
    .flat()
    .map(({ verdict, name, message, cure }) => `${verdict} ${name}: ${message}${cure ? ` → ${cure}` : ''}`);
}

let server: RunningNatsServer;
beforeAll(async () => {
  server = await startNatsServer({
    config: `accounts {
      WITH { jetstream: enabled, users: [{ user: a, password: right }] }
      WITHOUT { users: [{ user: b, password: right }] }
    }`,
  });
});
afterAll(() => server.stop());

function nats(user: string, password: string, more: NodeJS.ProcessEnv = {}): Config {
  return configured({
    ONHOOK_NATS_URL: server.url,
    ONHOOK_NATS_USER: user,
    ONHOOK_NATS_PASSWORD: password,
    ...more,
  });
}

describe('NATS', () => {
  it('is found missing, unknown, or not willing', async () => {
    const [missing] = told(await checkNats(configured({ ONHOOK_NATS_URL: 'nats://127.0.0.1:1' })));
    expect(missing).toMatch(
      /^FAIL nats: no connection to nats:\/\/127.0.0.1:1 \(ECONNREFUSED\) → start nats/,
    );
    const [unknown] = told(
      await checkNats(
        configured({ ONHOOK_NATS_URL: 'nats://no-such.invalid:1', ONHOOK_NATS_ALLOW_OPEN: 'true' }),
      ),
    );
    expect(unknown).toMatch(/^FAIL nats: the host of nats:.* is not known → correct ONHOOK_NATS_URL/);
    const [refused] = told(await checkNats(nats('a', 'wrong-password')));
    expect(refused).toMatch(/^FAIL nats: .* refuses the credentials → set ONHOOK_NATS_USER and/);
    expect(refused).not.toContain('wrong-password');
  });

  it('without JetStream is told how to have it', async () => {
    expect(told(await checkNats(nats('b', 'right')))).toContainEqual(
      expect.stringMatching(/^FAIL jetstream: the account has no JetStream → start nats-server with -js/),
    );
  });

  it('is too old, or not durable enough for what is configured', () => {
    const { retention } = configured({});
    expect(told(checkVersion('2.8.4', { retention }))).toEqual([
      'FAIL nats version: nats-server 2.8.4 is too old → install nats-server 2.9.10 or later',
    ]);
    expect(told(checkVersion('2.10.0', { retention }))).toEqual(['OK nats version: nats-server 2.10.0']);
    const replicated = { retention: { ...retention, replicas: 3 } };
    expect(checkVersion('2.10.0', replicated)).toMatchObject({ verdict: 'WARN' });
    expect(checkVersion('2.12.3', replicated)).toMatchObject({ verdict: 'OK' });
  });

  it('maps nothing, has a stream of another shape, has another clock', async () => {
    const unmapped = told(await checkNats(nats('a', 'right', { ONHOOK_PARTITIONS: '4' })));
    expect(unmapped).toContainEqual(
      expect.stringMatching(/mapping: (nothing maps|will be part of the stream)/),
    );
    const connection = await connect({ servers: server.url, user: 'a', pass: 'right' });
    onTestFinished(() => connection.close());
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'ONHOOK_LOG', subjects: ['onhook.v1.evt.gw1.>'] });
    const findings = told(await checkNats(nats('a', 'right')));
    expect(findings).toContainEqual(expect.stringMatching(/^FAIL streams: .*ONHOOK_LOG.* → .+/));
    expect(findings).toContainEqual(expect.stringMatching(/^OK clock: -?\d+ ms/));
    const ahead = { now: () => systemClock.now() + 90_000 };
    expect(told(await checkSkew(manager, ahead))).toEqual([
      expect.stringMatching(/^WARN clock: -(89|90)\d{3} ms from the server's → run a time service/),
    ]);
  });
});

describe('providers', () => {
  it('are asked with their credentials: right, wrong, away', async () => {
    const [twilio, livekit] = [await startStubTwilio(), await startStubLiveKit()];
    onTestFinished(() => twilio.close());
    onTestFinished(() => livekit.close());
    const [account] = twilio.accounts;
    const env: NodeJS.ProcessEnv = {
      TWILIO_ACCOUNT_SID: account?.accountSid,
      TWILIO_AUTH_TOKEN: account?.authToken,
      ONHOOK_TWILIO_BASE_URL: twilio.url,
      ONHOOK_PUBLIC_URL: 'https://onhook.example',
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekit.apiKey,
      LIVEKIT_API_SECRET: livekit.apiSecret,
    };
    const check = async (more: NodeJS.ProcessEnv): Promise<string[]> =>
      told(await checkProviders(configured({ ...env, ...more })));
    expect(await check({})).toEqual([
      `OK twilio: account ${account?.accountSid} answers and takes the credentials`,
      'OK livekit: answers and takes the credentials',
      'OK public url: https://onhook.example',
    ]);
    const wrong = await check({ TWILIO_AUTH_TOKEN: 'wrong-token', LIVEKIT_API_SECRET: 'wrong-secret' });
    expect(wrong[0]).toMatch(/^FAIL twilio: account AC0+ is refused \(.+\) → correct TWILIO_ACCOUNT_SID/);
    expect(wrong[1]).toMatch(/^FAIL livekit: is refused \(.+\) → correct LIVEKIT_API_KEY and/);
    expect(wrong.join()).not.toMatch(/wrong-(token|secret)/);
    const away = await check({
      ONHOOK_TWILIO_BASE_URL: 'http://127.0.0.1:1',
      LIVEKIT_URL: 'ws://127.0.0.1:1',
    });
    expect(away[0]).toMatch(/^FAIL twilio: account .* does not answer .* → correct ONHOOK_TWILIO_BASE_URL/);
    expect(away[1]).toMatch(/^FAIL livekit: does not answer .* → correct LIVEKIT_URL/);
  });

  it('that cannot verify what they hear are named, and their absence too', async () => {
    expect(told(await checkProviders(configured({})))).toEqual([
      expect.stringMatching(/^WARN providers: none configured.* → set TWILIO_ACCOUNT_SID/),
    ]);
    const keyed = await checkProviders(
      configured({
        TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
        TWILIO_API_KEY: `SK${'0'.repeat(32)}`,
        TWILIO_API_SECRET: 'api-secret',
        ONHOOK_TWILIO_BASE_URL: 'http://127.0.0.1:1',
      }),
    );
    expect(told(keyed).slice(1)).toEqual([
      expect.stringMatching(/^WARN public url: not set.* → set ONHOOK_PUBLIC_URL to what Twilio calls/),
      expect.stringMatching(
        /^WARN twilio callbacks: 1 account\(s\) have an API key .* → set TWILIO_AUTH_TOKEN/,
      ),
    ]);
  });
});

describe('this machine', () => {
  it('has an old Node.js, or a port that another program holds', async () => {
    expect(told(checkNode('20.18.3'))).toEqual([
      'FAIL node: Node 20.18.3 is too old → install Node 20.19 or later',
    ]);
    expect(checkNode('24.0.0').verdict).toBe('OK');
    const other = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const taken = configured({ ONHOOK_INGRESS_PORT: '0', ONHOOK_ADMIN_PORT: String(port) });
    expect(told(await checkPorts(taken))[1]).toBe(
      `FAIL admin port: 127.0.0.1:${port} is taken or not allowed → free it, or set ONHOOK_ADMIN_PORT to another`,
    );
  });

  it('has a module with end functions that cannot be loaded', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onhook-doctor-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const module = join(folder, 'crm.mjs');
    await writeFile(module, 'export const crm = (');
    const [broken] = told(await checkEndFunctions(configured({ ONHOOK_END_FUNCTIONS: module })));
    expect(broken).toMatch(/^FAIL end functions: .*crm\.mjs.* → correct ONHOOK_END_FUNCTIONS/s);
  });
});

describe('the report', () => {
  it('names a variable that is ignored, and exits 1 for a configuration that is refused', async () => {
    const { code, stdout, stderr } = await runCli(['doctor'], {
      ONHOOK_NATS_URL: 'nats://127.0.0.1:1',
      ONHOOK_NATS_PREFX: 'x',
      FORCE_COLOR: '1',
      NO_COLOR: undefined,
    });
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('\u001B[33mWARN\u001B[39m  configuration: ONHOOK_NATS_PREFX is not a setting');
    expect(stdout).toContain('→ did you mean ONHOOK_NATS_PREFIX?');
    const open = await runCli(['doctor', '--json'], {
      ONHOOK_ADMIN_HOST: '0.0.0.0',
      TWILIO_ACCOUNT_SID: 'AC1',
    });
    expect(open.code).toBe(1);
    const { ok, checks } = JSON.parse(open.stdout) as { ok: boolean; checks: Finding[] };
    expect(ok).toBe(false);
    expect(told(checks)).toContainEqual(expect.stringMatching(/admin\.token.*→ set ONHOOK_ADMIN_TOKEN/));
    expect(told(checks)).toContainEqual(expect.stringMatching(/half configured.*→ set TWILIO_AUTH_TOKEN/));
  });
});
