/** The admin port itself: probes, who may ask, limits, dead letters, pause, what never appears. */
import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bindAdmin } from '../../src/admin/server.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { callDetail, codeOf, encoded, TestView, world } from './world.ts';
import type { World } from './world.ts';

const TOKEN = 'planted-admin-token';

/** With headers that `fetch` does not let one set. Resolves with the status. */
function ask(w: World, path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(w.admin.url + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}

describe('the probes', () => {
  it('say that the process lives, and whether it is ready with the reasons', async () => {
    const { view, get } = await world();
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    view.reasons = ['partition 0 is catching up'];
    const response = await get('/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ready: false, reasons: ['partition 0 is catching up'] });
    expect((await get('/livez')).status).toBe(200);
  });

  it('answer while the node starts; the rest says so', async () => {
    const bound = await bindAdmin({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => bound.close());
    expect((await fetch(`${bound.url}/livez`)).status).toBe(200);
    expect((await fetch(`${bound.url}/readyz`)).status).toBe(503);
    expect(await codeOf(await fetch(`${bound.url}/api/calls`))).toEqual([503, 'starting']);
  });

  it('refuse a port that is taken, and say what to change', async () => {
    const { admin } = await world();
    await expect(bindAdmin({ host: '127.0.0.1', port: admin.port })).rejects.toMatchObject({
      code: 'admin_port_unavailable',
      message: expect.stringContaining('ONHOOK_ADMIN_PORT'),
    });
  });
});

describe('who may ask', () => {
  it('needs the token everywhere but at the probes and the page', async () => {
    const { view, get } = await world({ token: TOKEN });
    view.add(callDetail('CA1'));
    for (const path of ['/api/calls', '/metrics', '/api/events', '/api/calls/CA1', '/nowhere']) {
      expect(await codeOf(await get(path))).toEqual([401, 'token_required']);
      expect(await codeOf(await get(path, { Authorization: `Bearer ${TOKEN}x` }))).toEqual([
        401,
        'token_required',
      ]);
    }
    for (const path of ['/livez', '/readyz', '/']) expect((await get(path)).status).toBe(200);
    expect((await get('/api/calls', { Authorization: `Bearer ${TOKEN}` })).status).toBe(200);
  });

  it('refuses a name that was rebound to us', async () => {
    const w = await world();
    expect(await ask(w, '/api/calls', { Host: `attacker.example:${w.admin.port}` })).toBe(403);
    expect(await ask(w, '/api/calls', { Host: `localhost:${w.admin.port}` })).toBe(200);
    expect(await ask(w, '/api/calls', { Host: `[::1]:${w.admin.port}` })).toBe(200);
    const guarded = await world({ token: TOKEN });
    const authorised = { Host: 'onhook.internal', Authorization: `Bearer ${TOKEN}` };
    expect(await ask(guarded, '/api/calls', authorised)).toBe(200);
  });

  it('refuses commands from pages of other origins', async () => {
    const w = await world();
    w.view.add(callDetail('CA1'));
    const foreign = { Origin: 'https://attacker.example' };
    expect(await codeOf(await w.post('/api/calls/CA1/kill', '', foreign))).toEqual([
      403,
      'origin_not_allowed',
    ]);
    expect(await codeOf(await w.post('/api/pause', '', { Origin: 'null' }))).toEqual([
      403,
      'origin_not_allowed',
    ]);
    expect(w.view.requested).toEqual([]);
    expect((await w.post('/api/calls/CA1/kill', '', { Origin: w.admin.url })).status).toBe(202);
  });

  it('refuses a large body before it reads it', async () => {
    const { view, post } = await world();
    view.add(callDetail('CA1'));
    expect(await codeOf(await post('/api/calls/CA1/end', 'x'.repeat(20_000)))).toEqual([
      413,
      'body_too_large',
    ]);
  });
});

describe('the API', () => {
  it('pauses and resumes', async () => {
    const { view, post } = await world();
    expect((await post('/api/pause')).status).toBe(202);
    expect(view.paused).toBe(true);
    expect((await post('/api/resume')).status).toBe(202);
    expect(view.paused).toBe(false);
  });

  it('answers a path that does not exist with a problem', async () => {
    const { get } = await world();
    expect(await codeOf(await get('/api/nothing'))).toEqual([404, 'not_found']);
  });

  it('serves the metrics', async () => {
    const { get } = await world();
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('onhook_build_info{version="1.0.0",node_version="v20.0.0"} 1');
  });

  it('serves a page that runs nothing but its own script', async () => {
    const { get } = await world();
    const response = await get('/');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/);
    const page = await response.text();
    expect(page).not.toMatch(/https?:\/\/|<style|<script(?! type="module" src="app.js")/);
  });

  it('tells nobody what went wrong inside, and logs where: invariant 22', async () => {
    const failing = new TestView();
    failing.calls = () => {
      throw new TypeError(`nats://u:${TOKEN}@host refused`);
    };
    const w = await world({ view: failing, token: TOKEN, secrets: [TOKEN] });
    const response = await w.get('/api/calls', { Authorization: `Bearer ${TOKEN}` });
    const body = await response.clone().text();
    expect(await codeOf(response)).toEqual([500, 'internal_error']);
    expect(body).not.toContain(TOKEN);
    expect(w.logged()).toContain('"route":"GET /api/calls');
    expect(w.logged()).not.toContain(TOKEN);
  });
});

describe('dead letters', () => {
  const letter = {
    subject: 'onhook.v1.dead.function.CA1',
    data: encoded({ function: 'crm', to: '+15551234567' }),
  };

  it('are listed with their id, call and content', async () => {
    const { log, get } = await world();
    await log.append('deadLetters', letter);
    await log.append('deadLetters', { subject: 'onhook.v1.dead.input.-', data: encoded('{') });
    expect(await (await get('/api/dead-letters')).json()).toMatchObject({
      deadLetters: [
        { id: '1', kind: 'function', callId: 'CA1', letter: { function: 'crm', to: '…67' } },
        { id: '2', kind: 'input', letter: null },
      ],
    });
  });

  it('of an input hide what its message said, which they hold as bytes (invariant 22)', async () => {
    const { log, get } = await world();
    const refused = { from: '+15551234567', transcript: [{ text: 'my code is 4711' }] };
    const body = Buffer.from(JSON.stringify(refused)).toString('base64');
    const letter = { kind: 'input', reason: 'legs: missing', body };
    await log.append('deadLetters', { subject: 'onhook.v1.dead.input.-', data: encoded(letter) });
    const noJson = { kind: 'input', body: Buffer.from('+15551234567').toString('base64') };
    await log.append('deadLetters', { subject: 'onhook.v1.dead.input.-', data: encoded(noJson) });
    const shown = async (query: string): Promise<string> => (await get(`/api/dead-letters${query}`)).text();
    expect(await shown('')).toContain('"from":"…67"');
    expect(await shown('?redact=1')).toContain('[hidden: 4 words]');
    for (const query of ['', '?redact=1']) {
      expect(await shown(query)).toContain('[hidden: 12 bytes that are not JSON]');
      expect(await shown(query)).not.toContain(body);
    }
    expect(await shown('?reveal=1')).toContain(body);
  });

  it('of an input are not tried again, and are removed when discarded', async () => {
    const { log, get, post } = await world();
    await log.append('deadLetters', { subject: 'onhook.v1.dead.input.-', data: encoded('{') });
    expect(await codeOf(await post('/api/dead-letters/1/redrive'))).toEqual([409, 'dead_letter_final']);
    expect(await (await post('/api/dead-letters/1/discard')).json()).toEqual({ id: '1' });
    expect(await (await get('/api/dead-letters')).json()).toEqual({ deadLetters: [] });
    for (const id of ['1', '9', 'x', '0', '-1']) {
      const refused = await post(`/api/dead-letters/${id}/redrive`);
      expect(await codeOf(refused)).toEqual([404, 'dead_letter_not_found']);
    }
  });

  it('of a call that nobody holds travel with its newest record (log rule 37)', async () => {
    const { log, post } = await world();
    const owned = { id: 'l1', leg: 'carrier', provider: 'twilio', address: { callSid: 'CA1' } };
    await log.append('deadLetters', { subject: 'onhook.v1.dead.leg.CA1', data: encoded(owned) });
    expect(await codeOf(await post('/api/dead-letters/1/redrive'))).toEqual([409, 'dead_letter_final']);
    const record = { callId: 'CA1', recordVersion: 1 };
    const headers = { 'onhook-incarnation': '5', 'onhook-record-version': '1' };
    await log.append('records', { subject: 'onhook.v1.record.CA1', data: encoded(record), headers });
    const body = JSON.stringify({ reason: 'the line is up' });
    expect((await post('/api/dead-letters/1/redrive', body)).status).toBe(202);
    const [asked] = await log.ofCall('CA1');
    expect(asked?.subject).toBe('onhook.v1.evt._onhook.CA1.redrive.requested');
    expect(JSON.parse(new TextDecoder().decode(asked?.data))).toEqual({
      id: expect.any(String),
      kind: 'leg',
      subject: 'carrier',
      letterId: 'l1',
      note: 'the line is up',
      revival: {
        record,
        incarnation: 5,
        legs: { carrier: { provider: 'twilio', address: { callSid: 'CA1' } } },
      },
    });
  });
});

it('closes with open event streams', async () => {
  const { get, admin } = await world({ clock: systemClock });
  const response = await get('/api/events');
  await response.body?.getReader().read();
  await admin.close();
});
