/** What onhook says fits what its documents promise: recorded messages of calls, and answers of the API. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { isOwnershipKey, parseEventSubject, PRINCIPALS } from '../../src/contract/subjects.ts';
import { readGoldenLog } from '../../src/testing/golden/index.ts';
import { asyncapi } from '../../scripts/reference/asyncapi.ts';
import { openapi } from '../../scripts/reference/openapi.ts';
import { callDetail, encoded, STARTED_AT, world } from '../admin/world.ts';
import type { World } from '../admin/world.ts';

const CHANNEL_OF: Readonly<Record<string, string>> = {
  [PRINCIPALS.ingress]: 'webhookEvents',
  [PRINCIPALS.operator]: 'operatorEvents',
  [PRINCIPALS.onhook]: 'ownEvents',
};

const GOLDEN = join(import.meta.dirname, '../golden/calls');

describe('docs/asyncapi.json', () => {
  const ajv = new Ajv({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(asyncapi(), 'asyncapi.json');

  function fits(channel: string, type: string, data: unknown): boolean {
    const check = ajv.getSchema(`asyncapi.json#/channels/${channel}/messages/${type}/payload`);
    return check?.(data) === true;
  }

  it('describes every message of the recorded calls', () => {
    const seen = new Set<string>();
    const strangers: string[] = [];
    for (const file of readdirSync(GOLDEN).filter((name) => name.endsWith('.ndjson'))) {
      const { prefix, messages } = readGoldenLog(readFileSync(join(GOLDEN, file), 'utf8'));
      for (const { subject, headers, data } of messages) {
        const address = parseEventSubject(prefix, subject);
        if (address === undefined) continue;
        const type = headers.get('ce-type') ?? address.type;
        const channel = channelOf(address.gateway, address.callId, type);
        const body: unknown = JSON.parse(new TextDecoder().decode(data));
        if (!fits(channel, type, body)) strangers.push(`${file} ${channel} ${type} ${JSON.stringify(body)}`);
        seen.add(`${channel} ${type}`);
      }
    }
    expect(strangers).toEqual([]);
    expect(seen.size).toBeGreaterThan(25);
  });

  function channelOf(principal: string, key: string, type: string): string {
    if (!isOwnershipKey(key)) return CHANNEL_OF[principal] ?? 'gatewayEvents';
    if (principal === PRINCIPALS.operator) return 'partitionPauses';
    return type === 'log.restored' ? 'partitionRestored' : 'ownership';
  }
});

const CALL = callDetail('c1', {
  timers: [{ timerId: 'drain.draining', dueAt: STARTED_AT, durationMs: 5, absence: false }],
  legs: { carrier: { provider: 'twilio', status: 'in-progress' } },
});

/** Route → the request that asks it. */
const QUESTIONS: readonly (readonly [path: string, url: string])[] = [
  ['/livez', '/livez'],
  ['/readyz', '/readyz'],
  ['/api/calls', '/api/calls'],
  ['/api/calls', '/api/calls?state=active&limit=1'],
  ['/api/calls/{id}', '/api/calls/c1'],
  ['/api/calls/{id}', '/api/calls/unknown'],
  ['/api/calls/{id}/log', '/api/calls/c1/log'],
  ['/api/calls/{id}/tape', '/api/calls/c1/tape'],
  ['/api/calls', '/api/calls?limit=0'],
  ['/api/dead-letters', '/api/dead-letters'],
  ['/api/stats', '/api/stats'],
  ['/api/node', '/api/node'],
  ['/api/timers', '/api/timers'],
  ['/api/fleet', '/api/fleet'],
];

describe('docs/openapi.json', () => {
  const document = openapi();
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi.json');

  /** The schema of an answer, found by a pointer into the document. */
  async function fits(response: Response, method: string, path: string): Promise<unknown> {
    const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const keys = ['paths', path, method, 'responses', String(response.status), 'content', type, 'schema'];
    const pointer = keys
      .map((key) => key.replaceAll('~', '~0').replaceAll('/', '~1'))
      .map(encodeURIComponent)
      .join('/');
    const check = ajv.getSchema(`openapi.json#/${pointer}`);
    if (check === undefined) return `nothing is said of ${response.status} ${type}`;
    return check(await response.json()) === true ? undefined : check.errors;
  }

  async function populated(): Promise<World> {
    const made = await world();
    made.view.add(CALL, callDetail('c2', { state: 'closed' }));
    const subject = 'onhook.v1.evt.gw1.c1.call.started';
    await made.log.append('log', { subject, data: encoded({ provider: 'twilio', legs: {} }) });
    const letter = encoded({ kind: 'input', reason: 'call_unknown' });
    await made.log.append('deadLetters', { subject: 'onhook.v1.dead.input.-', data: letter });
    return made;
  }

  it.each(QUESTIONS)('describes the answer of GET %s to %s', async (path, url) => {
    const { get } = await populated();
    expect(await fits(await get(url), 'get', path)).toBeUndefined();
  });

  it.each([
    ['/api/calls/{id}/end', '/api/calls/c1/end'],
    ['/api/calls/{id}/kill', '/api/calls/c2/kill'],
    ['/api/calls/{id}/erase', '/api/calls/c1/erase'],
    ['/api/dead-letters/{id}/redrive', '/api/dead-letters/1/redrive'],
    ['/api/dead-letters/{id}/discard', '/api/dead-letters/1/discard'],
    ['/api/pause', '/api/pause'],
    ['/api/test-calls', '/api/test-calls'],
  ])('describes the answer of POST %s to %s', async (path, url) => {
    const { post } = await populated();
    expect(await fits(await post(url, '{}'), 'post', path)).toBeUndefined();
  });

  it('is missed by an answer that lacks a field', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = new Response(JSON.stringify({ calls: [{}], unanswered: [] }), { headers });
    expect(await fits(answer, 'get', '/api/calls')).toBeDefined();
  });
});
