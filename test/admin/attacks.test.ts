/**
 * The admin port as an attacker reaches it: malformed requests over a plain socket, requests that a foreign
 * page in a browser can make, and a token where it does not belong.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { world } from './world.ts';

const TOKEN = 'planted-act-token';

/** Sends these bytes; resolves with the status of each answer. */
async function statuses(port: number, lines: readonly string[]): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  let said = '';
  socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  socket.end(`${lines.join('\r\n')}\r\n\r\n`);
  await once(socket, 'close');
  return [...said.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status = '']) => status);
}

const GET = 'GET /api/calls HTTP/1.1';
const LAST = 'Connection: close';

describe('a malformed request', () => {
  it.each([
    ['a second Host, the first a foreign one', [GET, 'Host: evil.example', 'Host: 127.0.0.1', LAST], '403'],
    ['a foreign name behind an address', [GET, 'Host: 127.0.0.1.evil.example', LAST], '403'],
    ['a name below localhost', [GET, 'Host: evil.localhost', LAST], '403'],
    ['another spelling of the address', [GET, 'Host: 127.1', LAST], '403'],
    [
      'a whole address in its first line',
      ['GET http://127.0.0.1/api/calls HTTP/1.1', 'Host: evil.example', LAST],
      '403',
    ],
    ['no Host', ['GET /api/calls HTTP/1.0'], '400'],
    ['a user in its Host', [GET, 'Host: evil@localhost', LAST], '400'],
    ['a space before a colon', [GET, 'Host : evil.example', 'Host: 127.0.0.1', LAST], '400'],
    ['a folded header', [GET, 'Host: 127.0.0.1', 'X: a', ' b: c', LAST], '400'],
  ])('with %s is refused', async (_name, lines, status) => {
    const { admin } = await world();
    expect(await statuses(admin.port, lines)).toEqual([status]);
  });

  it('with two lengths is refused, and what it smuggles is not answered', async () => {
    const { admin } = await world();
    const smuggled = ['0', '', 'GET /api/calls HTTP/1.1', 'Host: 127.0.0.1', LAST];
    const lines = [
      'POST /api/pause HTTP/1.1',
      'Host: 127.0.0.1',
      'Content-Length: 4',
      'Transfer-Encoding: chunked',
      '',
    ];
    expect(await statuses(admin.port, [...lines, ...smuggled])).toEqual(['400']);
  });
});

describe('a request of a foreign page', () => {
  it.each(['cross-site', 'same-site'])(
    'is refused as %s also without an Origin, to look and to act',
    async (site) => {
      const { admin, view, get, post } = await world();
      const foreign = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'no-cors' };
      for (const path of ['/api/calls', '/api/events', '/metrics']) {
        expect(await (await get(path, foreign)).json()).toMatchObject({ code: 'origin_not_allowed' });
      }
      expect((await post('/api/pause', '', foreign)).status).toBe(403);
      expect(view.paused).toBe(false);
      // A link to us is followed, and our own page asks.
      expect((await get('/', { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'navigate' })).status).toBe(200);
      expect((await get('/api/calls', { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
      expect(admin.url).toContain('127.0.0.1');
    },
  );

  it('gets no permission beforehand', async () => {
    const { admin } = await world();
    const headers = { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' };
    const response = await fetch(`${admin.url}/api/pause`, { method: 'OPTIONS', headers });
    expect(response.status).toBe(403);
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('paths and methods', () => {
  it.each([
    '/..%2f..%2fpackage.json',
    '/app.js/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/api/calls/..%2fnode',
    '/api/calls/%00',
    '/api/calls/%3E/log',
    '/api/calls/*/tape',
  ])('%s leads nowhere', async (path) => {
    const { admin } = await world();
    expect(await statuses(admin.port, [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', LAST])).not.toEqual([
      '200',
    ]);
  });

  it('HEAD of the event stream takes no watcher’s place', async () => {
    const { admin, get } = await world();
    for (let count = 0; count < 70; count += 1) {
      expect((await fetch(`${admin.url}/api/events`, { method: 'HEAD' })).status).toBe(200);
    }
    const stream = await get('/api/events');
    expect(stream.status).toBe(200);
    await stream.body?.cancel();
  });

  it('no method but POST acts, whatever a header says', async () => {
    const { admin, view } = await world();
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
      await fetch(`${admin.url}/api/pause`, { method, headers: { 'X-HTTP-Method-Override': 'POST' } });
    }
    expect(view.paused).toBe(false);
  });
});

it('a token in the address opens nothing, and is in no answer', async () => {
  const { admin } = await world({ token: TOKEN });
  for (const path of ['/api/calls', '/api/events', '/metrics']) {
    for (const name of ['token', 'access_token', 'authorization']) {
      const response = await fetch(`${admin.url}${path}?${name}=${TOKEN}`);
      expect(response.status).toBe(401);
      expect(await response.text()).not.toContain(TOKEN);
    }
  }
});
