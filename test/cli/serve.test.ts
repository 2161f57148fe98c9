/** A real node as a child process: what an operator does with it, and how it stops. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import { connectGateway } from '../../src/gateway/index.ts';
import type { GatewayCall, GatewayClient } from '../../src/gateway/index.ts';
import { firstFree } from '../../src/cli/dev/ports.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startStubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import { runCli, startCli } from './run-cli.ts';
import type { CliResult, RunningCli } from './run-cli.ts';

const SID = 'CA0123456789abcdef0123456789abcdef';
const WAIT_MAX_MS = 20_000;

let server: RunningNatsServer;
let stubTwilio: StubTwilio;
let gateway: GatewayClient;
let nodes: RunningCli[];

beforeEach(async () => {
  nodes = [];
  server = await startNatsServer();
  stubTwilio = await startStubTwilio();
  gateway = await connectGateway({ servers: server.url, gateway: 'gw1', clock: systemClock });
});
afterEach(async () => {
  for (const { child } of nodes) child.kill('SIGKILL');
  await Promise.all(nodes.map(({ ended }) => ended));
  await gateway.close({ timeoutMs: 500 });
  await stubTwilio.close();
  await server.stop();
});

async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  for (const endsAt = systemClock.monotonic() + WAIT_MAX_MS; systemClock.monotonic() < endsAt;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise<void>((resolve) => systemClock.after(20, resolve));
  }
  throw new Error(`waited in vain for ${what}: ${nodes.map((node) => node.stderr()).join('\n')}`);
}

interface Node {
  readonly running: RunningCli;
  readonly admin: string;
  /** A command of the operator against this node. */
  run(...args: string[]): Promise<CliResult>;
}

async function serve(env: NodeJS.ProcessEnv = {}): Promise<Node> {
  const [account] = stubTwilio.accounts;
  const running = startCli(['serve', '--json'], {
    ONHOOK_NATS_URL: server.url,
    ONHOOK_ADMIN_PORT: '0',
    ONHOOK_INGRESS_PORT: '0',
    ONHOOK_NODE_ID: 'node-under-test',
    TWILIO_ACCOUNT_SID: account?.accountSid,
    TWILIO_AUTH_TOKEN: account?.authToken,
    ONHOOK_TWILIO_BASE_URL: stubTwilio.url,
    ...env,
  });
  nodes.push(running);
  const line = await until('the ready line', () => running.stdout().includes('\n') && running.stdout());
  const { admin } = JSON.parse(line) as { admin: string };
  return { running, admin, run: (...args) => runCli([...args, '--admin-url', admin]) };
}

function startCall(): GatewayCall {
  stubTwilio.addCall({ sid: SID });
  const call = gateway.call(SID, { handlers: { close: () => ({}) } });
  call.publish('call.started', { provider: 'twilio', legs: { carrier: { callSid: SID } } });
  return call;
}

describe('onhook serve', () => {
  it('lets an operator list, show, watch and kill a call, and records it', async () => {
    const node = await serve();
    expect((await node.run('calls', 'ls')).stdout).toContain('no open calls');
    startCall();
    const listed = await until('the call', async () => {
      const { stdout } = await node.run('calls', 'ls');
      return stdout.includes(SID) && stdout;
    });
    expect(listed).toMatch(new RegExp(`${SID}  active`));
    expect((await node.run('calls', 'show', SID)).stdout).toContain('carrier (twilio)');

    const watching = startCli(['calls', 'watch', SID, '--json', '--admin-url', node.admin]);
    const killed = await node.run('calls', 'kill', SID, '--reason', 'test', '--json');
    expect(killed.code).toBe(0);
    expect(JSON.parse(killed.stdout)).toMatchObject({ seq: expect.any(Number) as number });
    expect(await watching.ended).toBe(0);
    expect(stubTwilio.calls.get(SID)?.status).toBe('completed');
    const shown = await node.run('calls', 'show', SID, '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({
      state: 'closed',
      record: { endedBy: 'operator', endReason: 'operator_ended' },
    });
    expect((await node.run('calls', 'kill', SID)).code).toBe(1);
    expect((await node.run('calls', 'show', 'CAunknown')).stderr).toContain('The call is not known');
    expect((await node.run('dlq', 'ls')).stdout).toContain('no dead letters');
    expect((await node.run('dlq', 'show', '7')).code).toBe(1);
  });

  it('stops with 0 on SIGTERM and ends no call: the next node goes on with it', async () => {
    const first = await serve();
    const call = startCall();
    await until('the call', async () => (await first.run('calls', 'ls')).stdout.includes(SID));
    first.running.child.kill('SIGTERM');
    expect(await first.running.ended).toBe(0);
    expect(stubTwilio.calls.get(SID)?.status).toBe('in-progress');
    expect(first.running.stdout().trim().split('\n')).toHaveLength(1);

    const second = await serve();
    expect((await second.run('calls', 'ls')).stdout).toContain(SID);
    call.publish('end.requested', { farewell: 'none' });
    await until('the hangup', () => stubTwilio.calls.get(SID)?.status === 'completed');
  });

  it('replays a call from the log, and from a file, with the same steps', async () => {
    const node = await serve();
    const call = startCall();
    call.publish('end.requested', { farewell: 'none', reason: 'done' });
    await until('the record', async () =>
      (await node.run('calls', 'show', SID)).stdout.includes('confirmed_by'),
    );
    const folder = await mkdtemp(join(tmpdir(), 'onhook-replay-'));
    try {
      const file = join(folder, 'history.ndjson');
      const replayed = await runCli(['replay', SID, '--save', file], { ONHOOK_NATS_URL: server.url });
      expect(replayed.code).toBe(0);
      expect(replayed.stdout).toMatch(/gw1 +call\.started +→ active/);
      expect(replayed.stdout).toMatch(/gw1 +end\.requested +→ terminating +.*hang-up-leg carrier #1/);
      expect((await runCli(['replay', '--file', file])).stdout).toBe(replayed.stdout);
      const unknown = await runCli(['replay', 'CAunknown'], { ONHOOK_NATS_URL: server.url });
      expect(unknown.code).toBe(1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('pauses and resumes all effects', async () => {
    const node = await serve();
    const call = startCall();
    await until('the call', async () => (await node.run('calls', 'ls')).stdout.includes(SID));
    expect((await node.run('pause')).code).toBe(0);
    call.publish('end.requested', { farewell: 'none' });
    await until('the end', async () =>
      /terminating|post-processing/.test((await node.run('calls', 'ls')).stdout),
    );
    expect(stubTwilio.requests()).toEqual([]);
    expect((await node.run('resume')).code).toBe(0);
    await until('the hangup', () => stubTwilio.calls.get(SID)?.status === 'completed');
  });

  it('waits for a NATS that starts later', async () => {
    const port = await firstFree('127.0.0.1', 0);
    const running = startCli(['serve', '--json', '--log-level', 'warn'], {
      ONHOOK_NATS_URL: `nats://127.0.0.1:${port}`,
      ONHOOK_ADMIN_PORT: '0',
      ONHOOK_INGRESS_PORT: '0',
    });
    nodes.push(running);
    await until('the message', () => running.stderr().includes('NATS cannot be used yet'));
    const late = await startNatsServer({ port });
    try {
      await until('the ready line', () => running.stdout().includes('"ready":true'));
      running.child.kill('SIGINT');
      expect(await running.ended).toBe(0);
    } finally {
      await late.stop();
    }
  });

  it('refuses a port that is taken, with 69', async () => {
    const { code, stderr } = await runCli(['serve', '--wait-ms', '0'], {
      ONHOOK_NATS_URL: server.url,
      ONHOOK_ADMIN_PORT: new URL(stubTwilio.url).port,
    });
    expect(code).toBe(69);
    expect(stderr).toContain('set ONHOOK_ADMIN_HOST or ONHOOK_ADMIN_PORT');
  });
});

describe('onhook doctor', () => {
  interface Report {
    readonly ok: boolean;
    readonly checks: readonly { readonly name: string; readonly verdict: string; readonly cure?: string }[];
  }

  it('finds all well beside a running node', async () => {
    const node = await serve();
    const { code, stdout } = await runCli(['doctor', '--json'], {
      ONHOOK_NATS_URL: server.url,
      ONHOOK_ADMIN_PORT: new URL(node.admin).port,
      ONHOOK_INGRESS_PORT: '0',
    });
    const { ok, checks } = JSON.parse(stdout) as Report;
    expect(checks.filter(({ verdict }) => verdict === 'FAIL')).toEqual([]);
    expect([ok, code]).toEqual([true, 0]);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'node',
        'configuration',
        'nats',
        'nats version',
        'jetstream',
        'streams',
        'clock',
      ]),
    );
  });

  it('says what to do when NATS is missing or maps nothing', async () => {
    const missing = await runCli(['doctor'], { ONHOOK_NATS_URL: 'nats://127.0.0.1:1' });
    expect(missing.code).toBe(1);
    expect(missing.stdout).toContain('FAIL  nats: no connection');
    const unmapped = await runCli(['doctor', '--json'], {
      ONHOOK_NATS_URL: server.url,
      ONHOOK_PARTITIONS: '4',
    });
    const { checks } = JSON.parse(unmapped.stdout) as Report;
    expect(checks.find(({ name }) => name === 'mapping')?.verdict).toMatch(/FAIL|OK/);
  });

  it('reports a broken configuration instead of failing on it', async () => {
    const { code, stdout } = await runCli(['doctor'], { ONHOOK_TIMERS_DRAIN_MS: 'soon' });
    expect(code).toBe(1);
    expect(stdout).toContain('FAIL  configuration: timers.drainMs');
  });
});

describe('onhook simulate', () => {
  it('measures calls against a running onhook and asks no carrier', async () => {
    await serve();
    const { code, stdout } = await runCli(
      ['simulate', '--json', '--calls', '5', '--rate', '20', '--talk-ms', '50', '--farewell-ms', '50'],
      { ONHOOK_NATS_URL: server.url },
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ calls: 5, closed: 5, open: [] });
    expect(stubTwilio.requests()).toEqual([]);
  });

  it('exits 1 and names calls that nobody closes', async () => {
    const { code, stdout } = await runCli(
      ['simulate', '--json', '--calls', '2', '--rate', '20', '--talk-ms', '0', '--wait-ms', '200'],
      { ONHOOK_NATS_URL: server.url },
    );
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as { open: string[] }).open).toHaveLength(2);
  });
});
