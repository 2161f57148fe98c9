/** Two tokens, one that may only look; what a page is told of itself; what it must not be told. */
import { describe, expect, it } from 'vitest';
import { callDetail, codeOf, world } from './world.ts';
import type { World } from './world.ts';

const ACT = 'planted-act-token';
const READ = 'planted-read-token';

const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

async function guarded(): Promise<World> {
  const w = await world({ token: ACT, readToken: READ });
  w.view.add(callDetail('CA1'));
  return w;
}

describe('scopes', () => {
  it('let the reading token look at everything', async () => {
    const { get } = await guarded();
    for (const path of ['/api/calls', '/api/calls/CA1', '/api/fleet', '/api/timers', '/metrics']) {
      expect((await get(path, bearer(READ))).status, path).toBe(200);
    }
  });

  it('let the reading token change nothing', async () => {
    const { post, view } = await guarded();
    const paths = [
      '/api/calls/CA1/end',
      '/api/calls/CA1/kill',
      '/api/pause',
      '/api/resume',
      '/api/dead-letters/1/redrive',
      '/api/dead-letters/1/discard',
      '/api/test-calls',
    ];
    for (const path of paths) {
      expect(await codeOf(await post(path, '', bearer(READ))), path).toEqual([403, 'scope_required']);
    }
    expect(view.requested).toEqual([]);
    expect(view.paused).toBe(false);
    expect((await post('/api/calls/CA1/end', '', bearer(ACT))).status).toBe(202);
  });

  it('tell the page which one it holds', async () => {
    const { get } = await guarded();
    expect(await (await get('/api/node', bearer(READ))).json()).toMatchObject({ scope: 'read' });
    expect(await (await get('/api/node', bearer(ACT))).json()).toMatchObject({ scope: 'act' });
    const open = await world();
    expect(await (await open.get('/api/node')).json()).toMatchObject({ scope: 'act', nodeId: 'n1' });
  });

  it('are needed also when only the reading token is set, and then nobody may act', async () => {
    const { get, post } = await world({ readToken: READ });
    expect(await codeOf(await get('/api/calls'))).toEqual([401, 'token_required']);
    expect((await get('/api/calls', bearer(READ))).status).toBe(200);
    expect(await codeOf(await post('/api/pause', '', bearer('')))).toEqual([401, 'token_required']);
    expect(await codeOf(await post('/api/pause', '', bearer(READ)))).toEqual([403, 'scope_required']);
  });

  it.each(['', 'x', `${ACT}x`, ACT.slice(1), `${READ} `, 'undefined'])(
    'refuse the token %j',
    async (token) => {
      const { get } = await guarded();
      expect((await get('/api/calls', { Authorization: `bearer${token}` })).status).toBe(401);
      if (token.trim() !== READ) expect((await get('/api/calls', bearer(token))).status).toBe(401);
    },
  );
});

describe('the page and its files', () => {
  it('need no token, since they hold no data and no secret: invariant 22', async () => {
    const { get, view } = await guarded();
    view.add(callDetail('CA-secret-of-somebody'));
    const page = await get('/');
    expect(page.status).toBe(200);
    const text = await page.text();
    for (const word of [ACT, READ, 'CA-secret-of-somebody']) expect(text).not.toContain(word);
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(page.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  });
});
