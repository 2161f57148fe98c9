/** `onhook dev` whole: real NATS, real sockets, the real clock. One run, since it takes as long as its calls. */
import { describe, expect, it } from 'vitest';
import { startCli } from './run-cli.ts';
import type { RunningCli } from './run-cli.ts';

const BOUND_MS = 120_000;

interface Line {
  readonly type?: string;
  readonly ok?: boolean;
  readonly calls?: readonly { readonly deviations: readonly string[] }[];
  readonly deliveries?: number;
}

function linesOf(running: RunningCli): Line[] {
  return running
    .stdout()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

describe('onhook dev', () => {
  it(
    'plays six calls that end as expected, tells every fact, and exits 0',
    { timeout: BOUND_MS },
    async () => {
      const running = startCli(['dev', '--once', '--json', '--admin-port', '0', '--ingress-port', '0']);
      expect(await running.ended, running.stderr()).toBe(0);
      const lines = linesOf(running);
      expect(lines.filter(({ type }) => type === 'call.started')).toHaveLength(6);
      expect(lines.filter(({ type }) => type === 'call.closed')).toHaveLength(6);
      const summary = lines.at(-1);
      expect(summary?.calls?.flatMap(({ deviations }) => deviations)).toEqual([]);
      expect(summary).toMatchObject({ ok: true, deliveries: 6 });
    },
  );

  it('leaves nothing behind when it is interrupted in the middle', { timeout: BOUND_MS }, async () => {
    const running = startCli(['dev', '--admin-port', '0', '--ingress-port', '0']);
    await new Promise<void>((resolve) => {
      running.child.stdout?.on('data', () => running.stdout().includes('active') && resolve());
      running.child.once('exit', () => resolve());
    });
    expect(running.stdout()).toContain('Dashboard: http://127.0.0.1:');
    const url = /nats:\/\/127\.0\.0\.1:\d+/.exec(running.stdout())?.[0] ?? '';
    running.child.kill('SIGINT');
    expect(await running.ended, running.stderr()).toBe(0);
    await expect(fetch(url.replace('nats', 'http'))).rejects.toThrow();
  });
});
