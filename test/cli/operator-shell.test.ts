/** The commands of an operator in a shell: terminals, pipes, signals, and answers that are not a node's. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock/system-clock.ts';
import { MAIN } from '../command.ts';
import { runCli, startCli } from './run-cli.ts';

const FACT = JSON.stringify({ at: 0, seq: 1, callId: 'CA1', type: 'call.started', data: {} });
const NEXT = { timerId: 'drain.call.draining', dueAt: 109_200 };
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/api/calls': {
    calls: [
      { callId: 'CA1', gateway: 'gw1', state: 'draining', startedAt: 0, ageMs: 125_000, nextTimer: NEXT },
    ],
    unanswered: [1],
    next: 'more',
    now: 100_000,
  },
  '/api/calls/CA1': { callId: 'CA1', state: 'closed', endedBy: 'agent', endReason: 'agent_end_call' },
};

const server = createServer((request, response) => {
  const [path = ''] = (request.url ?? '').replace(/^\/behind\/a\/proxy/, '').split('?');
  if (path.startsWith('/html')) return response.end('<html>');
  if (path.startsWith('/locked')) {
    response.statusCode = 401;
    return response.end(JSON.stringify({ title: 'A bearer token is required', code: 'token_required' }));
  }
  if (path !== '/api/events') return response.end(JSON.stringify(ANSWERS[path] ?? {}));
  response.setHeader('content-type', 'text/event-stream');
  // Facts go on for as long as somebody listens, as on a live node: a reader that has left is noticed at
  // the next write, and any number of facts written at once may fit into a pipe before it leaves.
  const tell = (): void => {
    if (response.destroyed) return;
    response.write(`data: ${FACT}\n\n`);
    systemClock.after(20, tell);
  };
  tell();
  return undefined;
});

let url: string;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function until(look: () => boolean): Promise<void> {
  for (const endsAt = systemClock.monotonic() + 25_000; systemClock.monotonic() < endsAt;) {
    if (look()) return;
    await new Promise<void>((resolve) => systemClock.after(20, resolve));
  }
  throw new Error('waited in vain');
}

/** In a shell, with pipes and a terminal where the line makes one. */
async function shell(line: string, env: NodeJS.ProcessEnv = {}): Promise<{ code: unknown; said: string }> {
  const onhook = `${process.execPath} ${MAIN}`;
  const { NO_COLOR: _none, FORCE_COLOR: _forced, CI: _ci, ...rest } = process.env;
  const child = spawn('bash', ['-o', 'pipefail', '-c', line.replaceAll('onhook', onhook)], {
    cwd: tmpdir(),
    env: { ...rest, TERM: 'xterm-256color', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, said };
}

describe('an operator', () => {
  it('sees what each call waits for, whose answer is missing, and that there is more', async () => {
    const { code, stdout } = await runCli(['calls', 'ls', '--limit', '1', '--admin-url', url]);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'CALL  STATE     AGE      GATEWAY  ENDS BY  NEXT',
      'CA1   draining  2 m 5 s  gw1               drain in 9.2 s',
      'nobody answered for partition(s) 1',
      'there are more: --limit 10',
      '',
    ]);
  });

  it('is told that the call to watch is closed already, also behind a path of a proxy', async () => {
    const { code, stdout } = await runCli(['calls', 'watch', 'CA1', '--admin-url', `${url}/behind/a/proxy/`]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CA1 is closed already: agent_end_call, by agent; onhook calls show CA1/);
  });

  it('is told what to do about a token, and about something that is no node', async () => {
    const [none, wrong, page, stream] = await Promise.all([
      runCli(['calls', 'ls', '--admin-url', `${url}/locked`]),
      runCli(['calls', 'ls', '--admin-url', `${url}/locked`], { ONHOOK_ADMIN_TOKEN: 'wrong-token' }),
      runCli(['calls', 'ls', '--admin-url', `${url}/html`]),
      runCli(['tail', '--admin-url', `${url}/html`]),
    ]);
    expect([none, wrong, page, stream].map(({ code }) => code)).toEqual([1, 1, 1, 1]);
    expect(none.stderr).toContain('wants a token; set ONHOOK_ADMIN_TOKEN, or ONHOOK_ADMIN_TOKEN_FILE');
    expect(wrong.stderr).toContain('refuses this token; ONHOOK_ADMIN_TOKEN must be');
    expect(wrong.stderr).not.toContain('wrong-token');
    expect(page.stderr).toMatch(/^onhook: .*\/html is not the admin API of onhook: it answered no JSON/);
    expect(stream.stderr).toMatch(/^onhook: .*\/html is not the admin API of onhook: it has no live stream/);
    for (const { stderr } of [page, stream]) expect(stderr).not.toMatch(/\n +at /);
  });

  it('ends a tail with Ctrl-C and 130; a node that goes away ends it with 69 and a sentence', async () => {
    const stopped = startCli(['tail', '--json', '--admin-url', url]);
    await until(() => stopped.stdout().includes('\n'));
    stopped.child.kill('SIGINT');
    expect(await stopped.ended).toBe(130);
    expect(stopped.stderr()).toBe('');
    const left = startCli(['tail', '--admin-url', url]);
    await until(() => left.stdout().includes('call.started'));
    server.closeAllConnections();
    expect(await left.ended).toBe(69);
    expect(left.stderr()).toMatch(/^onhook: the node at .* ended the stream; when it is back, ask again\n$/);
  });
});

describe('a shell', () => {
  it('that has read enough is no failure', async () => {
    const { code, said } = await shell(`onhook tail --json --admin-url ${url} | head -1`);
    expect({ code, said }).toEqual({ code: 0, said: `${FACT}\n` });
  });

  it('gets colours on a terminal, and none in a pipe or with NO_COLOR', async ({ skip }) => {
    // Part of every Debian; elsewhere another program may have the name.
    const { stdout: version } = spawnSync('script', ['--version'], { encoding: 'utf8' });
    if (!version?.includes('util-linux')) return skip('script of util-linux is not installed');
    const ls = `onhook calls ls --admin-url ${url}`;
    const terminal = (command: string): string => `script -qefc "${command}" /dev/null`;
    const [tty, piped, plain, json] = await Promise.all([
      shell(terminal(ls)),
      shell(ls),
      shell(terminal(ls), { NO_COLOR: '1' }),
      shell(terminal(`${ls} --json`)),
    ]);
    expect(tty.said).toContain('\u001B[1mCALL');
    for (const { said } of [piped, plain, json]) expect(said).not.toContain('\u001B');
    expect(JSON.parse(json.said)).toMatchObject({ unanswered: [1] });
    expect([tty, piped, plain, json].map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    return undefined;
  });
});
