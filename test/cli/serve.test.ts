/** A real node as a child process: what an operator does with it, and how it stops. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstFree } from '../../src/cli/dev/ports.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { startNodeWorld } from './node-world.ts';
import type { NodeWorld } from './node-world.ts';
import { runCli, startCli } from './run-cli.ts';

const SID = 'CA0123456789abcdef0123456789abcdef';

let world: NodeWorld;
beforeEach(async () => {
  world = await startNodeWorld();
});
afterEach(() => world.stop());

describe('onhook serve', () => {
  it('lets an operator list, show, watch and kill a call, and records it', async () => {
    const node = await world.serve();
    expect((await node.run('calls', 'ls')).stdout).toContain('no open calls');
    world.startCall(SID);
    const listed = await world.until('the call', async () => {
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
    expect(world.stubTwilio.calls.get(SID)?.status).toBe('completed');
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

  it('stops with 0 on SIGTERM, also when nobody reads its log, and ends no call: the next node goes on', async () => {
    const first = await world.serve();
    const call = world.startCall(SID);
    await world.until('the call', async () => (await first.run('calls', 'ls')).stdout.includes(SID));
    first.running.child.stderr?.destroy();
    first.running.child.kill('SIGTERM');
    expect(await first.running.ended).toBe(0);
    expect(world.stubTwilio.calls.get(SID)?.status).toBe('in-progress');
    expect(first.running.stdout().trim().split('\n')).toHaveLength(1);

    const second = await world.serve();
    expect((await second.run('calls', 'ls')).stdout).toContain(SID);
    call.publish('end.requested', { farewell: 'none' });
    await world.until('the hangup', () => world.stubTwilio.calls.get(SID)?.status === 'completed');
  });

  it('replays a call from the log, and from a file, with the same steps', async () => {
    const node = await world.serve();
    const call = world.startCall(SID);
    call.publish('end.requested', { farewell: 'none', reason: 'done' });
    await world.until('the record', async () =>
      (await node.run('calls', 'show', SID)).stdout.includes('confirmed_by'),
    );
    const folder = await mkdtemp(join(tmpdir(), 'onhook-replay-'));
    try {
      const file = join(folder, 'history.ndjson');
      const replayed = await runCli(['replay', SID, '--save', file], { ONHOOK_NATS_URL: world.server.url });
      expect(replayed.code).toBe(0);
      expect(replayed.stdout).toMatch(/gw1 +call\.started +→ active/);
      expect(replayed.stdout).toMatch(/gw1 +end\.requested +→ terminating +.*hang-up-leg carrier #1/);
      expect((await runCli(['replay', '--file', file])).stdout).toBe(replayed.stdout);
      const unknown = await runCli(['replay', 'CAunknown'], { ONHOOK_NATS_URL: world.server.url });
      expect(unknown.code).toBe(1);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('pauses and resumes all effects', async () => {
    const node = await world.serve();
    const call = world.startCall(SID);
    await world.until('the call', async () => (await node.run('calls', 'ls')).stdout.includes(SID));
    expect((await node.run('pause')).code).toBe(0);
    call.publish('end.requested', { farewell: 'none' });
    await world.until('the end', async () =>
      /terminating|post-processing/.test((await node.run('calls', 'ls')).stdout),
    );
    expect(world.stubTwilio.requests()).toEqual([]);
    expect((await node.run('resume')).code).toBe(0);
    await world.until('the hangup', () => world.stubTwilio.calls.get(SID)?.status === 'completed');
  });

  it('waits for a NATS that starts later', async () => {
    const port = await firstFree('127.0.0.1', 0);
    const running = startCli(['serve', '--json', '--log-level', 'warn'], {
      ONHOOK_NATS_URL: `nats://127.0.0.1:${port}`,
      ONHOOK_ADMIN_PORT: '0',
      ONHOOK_INGRESS_PORT: '0',
    });
    world.nodes.push(running);
    await world.until('the message', () => running.stderr().includes('NATS cannot be used yet'));
    const late = await startNatsServer({ port });
    try {
      await world.until('the ready line', () => running.stdout().includes('"ready":true'));
      running.child.kill('SIGINT');
      expect(await running.ended).toBe(0);
    } finally {
      await late.stop();
    }
  });

  it('refuses a port that is taken, with 69', async () => {
    const { code, stderr } = await runCli(['serve', '--wait-ms', '0'], {
      ONHOOK_NATS_URL: world.server.url,
      ONHOOK_ADMIN_PORT: new URL(world.stubTwilio.url).port,
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
    const node = await world.serve();
    const { code, stdout } = await runCli(['doctor', '--json'], {
      ONHOOK_NATS_URL: world.server.url,
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
      ONHOOK_NATS_URL: world.server.url,
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
    await world.serve();
    const { code, stdout } = await runCli(
      ['simulate', '--json', '--calls', '5', '--rate', '20', '--talk-ms', '50', '--farewell-ms', '50'],
      { ONHOOK_NATS_URL: world.server.url },
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ calls: 5, closed: 5, open: [] });
    expect(world.stubTwilio.requests()).toEqual([]);
  });

  it('ends with Ctrl-C and 130, tells what it has measured, and leaves no call open', async () => {
    const node = await world.serve();
    const running = startCli(
      ['simulate', '--json', '--calls', '1000', '--rate', '10', '--talk-ms', '60000'],
      {
        ONHOOK_NATS_URL: world.server.url,
      },
    );
    const open = async (): Promise<number> => {
      const { calls } = (await (await fetch(`${node.admin}/api/calls`)).json()) as { calls: unknown[] };
      return calls.length;
    };
    await world.until('a call', async () => (await open()) > 0);
    running.child.kill('SIGINT');
    expect(await running.ended).toBe(130);
    expect(JSON.parse(running.stdout())).toMatchObject({ calls: 1000, closed: 0 });
    await world.until('their end', async () => (await open()) === 0);
  });

  it('exits 1 and names calls that nobody closes', async () => {
    const { code, stdout } = await runCli(
      ['simulate', '--json', '--calls', '2', '--rate', '20', '--talk-ms', '0', '--wait-ms', '200'],
      { ONHOOK_NATS_URL: world.server.url },
    );
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as { open: string[] }).open).toHaveLength(2);
  });
});
