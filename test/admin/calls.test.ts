/** The list of calls, one call, its messages and an operator's commands. */
import { describe, expect, it } from 'vitest';
import type { Answer, Peers } from '../../src/admin/answers.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import type { MemoryLog } from '../../src/log/memory/index.ts';
import { callDetail, codeOf, encoded, STARTED_AT, TestView, world } from './world.ts';

async function json(response: Response): Promise<JsonObject> {
  return (await response.json()) as JsonObject;
}

function ids(body: JsonObject): string[] {
  return (body['calls'] as { callId: string }[]).map(({ callId }) => callId);
}

async function keepRecord(log: MemoryLog, callId: string, changes: JsonObject = {}): Promise<void> {
  const record = {
    schema: 'onhook.record.v1',
    callId,
    gateway: 'gw1',
    endReason: 'caller_hangup',
    ...changes,
  };
  await log.append('records', { subject: `onhook.v1.record.${callId}`, data: encoded(record) });
}

async function keepEvent(
  log: MemoryLog,
  callId: string,
  type: string,
  data: JsonObject | string,
): Promise<void> {
  await log.append('log', { subject: `onhook.v1.evt.gw1.${callId}.${type}`, data: encoded(data) });
}

/** Other nodes with these calls. */
function peersWith(...nodes: TestView[]): Peers {
  return {
    ask(query, request) {
      const answers = nodes.map((node): Answer<unknown> => {
        const { callId = '' } = request as { callId?: string };
        const data = query === 'call' ? (node.call(callId) ?? null) : node.calls();
        return { nodeId: node.nodeId, partitions: node.live, data };
      });
      return Promise.resolve(answers);
    },
  };
}

describe('GET /api/calls', () => {
  it('lists open calls, oldest first, each with the timer that is due next', async () => {
    const { view, get } = await world();
    const timer = { durationMs: 5, absence: false };
    view.add(
      callDetail('CA2', { startedAt: STARTED_AT + 5 }),
      callDetail('CA1', {
        timers: [
          { timerId: 'lifetime.open', dueAt: STARTED_AT + 9_000, ...timer },
          { timerId: 'drain.draining', dueAt: STARTED_AT + 2_000, ...timer },
        ],
      }),
    );
    const body = await json(await get('/api/calls'));
    expect(body).toMatchObject({
      calls: [
        {
          callId: 'CA1',
          state: 'active',
          nextTimer: { timerId: 'drain.draining', dueAt: STARTED_AT + 2_000 },
        },
        { callId: 'CA2' },
      ],
      unanswered: [],
    });
  });

  it('filters by state and gateway', async () => {
    const { view, get } = await world();
    view.add(
      callDetail('CA1'),
      callDetail('CA2', { state: 'draining' }),
      callDetail('CA3', { state: 'draining', gateway: 'gw2' }),
    );
    expect(ids(await json(await get('/api/calls?state=draining')))).toEqual(['CA2', 'CA3']);
    expect(ids(await json(await get('/api/calls?state=draining&gateway=gw2')))).toEqual(['CA3']);
  });

  it('gives pages that together are the whole list, also while older calls end', async () => {
    const { view, get } = await world();
    for (let i = 0; i < 7; i += 1) view.add(callDetail(`CA${i}`, { startedAt: STARTED_AT + (i % 3) }));
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 4; page += 1) {
      const body = await json(await get(`/api/calls?limit=3${cursor}`));
      seen.push(...ids(body));
      view.known.delete(String(seen[0]));
      if (body['next'] === undefined) break;
      cursor = `&cursor=${body['next'] as string}`;
    }
    expect(seen).toEqual(['CA0', 'CA3', 'CA6', 'CA1', 'CA4', 'CA2', 'CA5']);
  });

  it('gives exactly the calls that are named, of every node, and no page', async () => {
    const other = new TestView('n2', [1]);
    other.add(callDetail('CB1', { partition: 1 }), callDetail('CB2', { partition: 1 }));
    const { view, get } = await world({ partitions: 2, peers: peersWith(other) });
    view.live = [0];
    view.add(callDetail('CA1'), callDetail('CA2', { state: 'draining' }), callDetail('CA3'));
    const body = await json(await get('/api/calls?ids=CA2,CB1,CA-gone&limit=1'));
    expect(body).toMatchObject({ calls: [{ callId: 'CA2', state: 'draining' }, { callId: 'CB1' }] });
    expect(body).toMatchObject({ unanswered: [] });
    expect(ids(body)).toHaveLength(2);
    expect(body).not.toHaveProperty('next');
    const hundredAndOne = Array.from({ length: 101 }, (_, index) => `CA${index}`).join(',');
    for (const named of ['', 'CA1,', 'CA.1', hundredAndOne]) {
      expect(await codeOf(await get(`/api/calls?ids=${named}`))).toEqual([400, 'bad_request']);
    }
  });

  it.each(['state=ringing', 'limit=0', 'limit=501', 'limit=x', 'gateway=a.b', 'cursor=zzz'])(
    'refuses %s',
    async (query) => {
      const { get } = await world();
      expect(await codeOf(await get(`/api/calls?${query}`))).toEqual([400, 'bad_request']);
    },
  );

  it('gathers the calls of other nodes, the owner before a follower, and names silent partitions', async () => {
    const other = new TestView('n2', [2]);
    other.add(
      callDetail('CB1', { partition: 2, state: 'draining' }),
      callDetail('CA1', { state: 'draining' }),
    );
    const { view, get } = await world({ partitions: 4, peers: peersWith(other) });
    view.live = [0, 1];
    view.add(callDetail('CA1'), callDetail('CB1', { partition: 2 }));
    const body = await json(await get('/api/calls'));
    expect(body['unanswered']).toEqual([3]);
    expect(body['calls']).toMatchObject([
      { callId: 'CA1', state: 'active' },
      { callId: 'CB1', state: 'draining' },
    ]);
  });

  it('lists closed calls from their records, newest first, each once', async () => {
    const { log, get } = await world();
    await keepRecord(log, 'CA1', { recordVersion: 1 });
    await keepRecord(log, 'CA2');
    await keepRecord(log, 'CA1', { recordVersion: 2, endReason: 'silence_timeout' });
    const body = await json(await get('/api/calls?state=closed'));
    expect(body['calls']).toMatchObject([
      { callId: 'CA1', state: 'closed', endReason: 'silence_timeout' },
      { callId: 'CA2', state: 'closed', endReason: 'caller_hangup' },
    ]);
  });
});

describe('GET /api/calls/:id', () => {
  it('shows an open call: state, timers, effects, timeline, legs', async () => {
    const { view, get } = await world();
    const timeline = [{ at: STARTED_AT, from: 'active', to: 'draining', cause: 'farewell.finished' }];
    view.add(callDetail('CA1', { state: 'draining', account: { timeline } }));
    const response = await get('/api/calls/CA1');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      state: 'draining',
      timers: [],
      effects: [],
      legs: {},
      timeline,
    });
  });

  it('shows a closed call by the newest version of its record', async () => {
    const { log, get } = await world();
    await keepRecord(log, 'CA1', { recordVersion: 1 });
    await keepRecord(log, 'CA1', { recordVersion: 2, state: { order: '7' } });
    expect(await json(await get('/api/calls/CA1'))).toMatchObject({
      callId: 'CA1',
      state: 'closed',
      endReason: 'caller_hangup',
      record: { recordVersion: 2, state: { order: '7' } },
    });
  });

  it('finds a call of another node', async () => {
    const other = new TestView('n2', [1]);
    other.add(callDetail('CB1', { partition: 1 }));
    const { get } = await world({ partitions: 2, peers: peersWith(other) });
    expect(await json(await get('/api/calls/CB1'))).toMatchObject({ callId: 'CB1', partition: 1 });
  });

  it('takes a raw id that does not fit a token', async () => {
    const { view, get } = await world();
    view.add(callDetail(`b64_${Buffer.from('room 1').toString('base64url')}`));
    expect((await get('/api/calls/room%201')).status).toBe(200);
  });

  it('says 404 for a call that nobody knows', async () => {
    const { get } = await world();
    expect(await codeOf(await get('/api/calls/CA9'))).toEqual([404, 'call_not_found']);
  });

  it('says 503 while the log does not answer', async () => {
    const { log, get } = await world();
    log.setReachable(false);
    expect(await codeOf(await get('/api/calls/CA9'))).toEqual([503, 'log_unavailable']);
  });
});

describe('GET /api/calls/:id/log', () => {
  it('shows the stored messages in order, phone numbers masked unless asked for', async () => {
    const { log, get } = await world();
    await keepEvent(log, 'CA1', 'call.started', {
      from: '+15551234567',
      legs: { room: { name: 'r_+4930123456' } },
    });
    await keepEvent(log, 'CA1', 'transcript.appended', { text: 'call me at (555) 123-4567, order 4711' });
    await keepEvent(log, 'CA1', 'mark.echoed', '{broken');
    const masked = await get('/api/calls/CA1/log');
    expect(await masked.json()).toMatchObject({
      callId: 'CA1',
      messages: [
        {
          seq: 1,
          gateway: 'gw1',
          type: 'call.started',
          data: { from: '…67', legs: { room: { name: 'r_…56' } } },
        },
        { seq: 2, type: 'transcript.appended', data: { text: 'call me at …67, order 4711' } },
        { seq: 3, type: 'mark.echoed', data: null },
      ],
    });
    const revealed = await (await get('/api/calls/CA1/log?reveal=1')).text();
    expect(revealed).toContain('+15551234567');
    expect(revealed).toContain('(555) 123-4567');
    const redacted = await (await get('/api/calls/CA1/log?redact=1')).text();
    expect(redacted).toContain('[hidden: 7 words]');
    expect(redacted).not.toContain('4711');
  });

  it('leaves ids, dates and instants as they are', async () => {
    const { log, get } = await world();
    const data = {
      callSid: 'CA00112233445566778899aabbccddeeff',
      at: '2026-11-21T02:40:00.000Z',
      day: '2026-11-21',
      startedAt: 1_700_000_000_000,
      id: '12345678-1234-4234-8234-123456789012',
    };
    await keepEvent(log, 'CA1', 'state.patched', data);
    expect(await json(await get('/api/calls/CA1/log'))).toMatchObject({ messages: [{ data }] });
  });

  it('says 404 when there is none', async () => {
    const { get } = await world();
    expect(await codeOf(await get('/api/calls/CA1/log'))).toEqual([404, 'call_not_found']);
  });
});

describe('POST /api/calls/:id/{end,kill,end-cancelled}', () => {
  it.each(['end', 'kill', 'end-cancelled'])(
    '%s answers 202 with the sequence in the log',
    async (command) => {
      const { view, post } = await world();
      view.add(callDetail('CA1', { state: 'draining' }));
      const response = await post(`/api/calls/CA1/${command}`, '{"reason":"asked to"}');
      expect(response.status).toBe(202);
      expect(await response.json()).toEqual({ callId: 'CA1', seq: 41 });
      expect(view.requested).toEqual([{ callId: 'CA1', command, reason: 'asked to' }]);
    },
  );

  it('needs no body', async () => {
    const { view, post } = await world();
    view.add(callDetail('CA1'));
    expect((await post('/api/calls/CA1/end')).status).toBe(202);
  });

  it('says 404 for an unknown call and 409 for one that it cannot change: rows 49, 50', async () => {
    const { view, log, post } = await world();
    view.add(callDetail('CA1', { state: 'terminating' }), callDetail('CA2', { state: 'closed' }));
    await keepRecord(log, 'CA3');
    expect(await codeOf(await post('/api/calls/CA9/end'))).toEqual([404, 'call_not_found']);
    expect(await codeOf(await post('/api/calls/CA1/kill'))).toEqual([409, 'call_conflict']);
    expect(await codeOf(await post('/api/calls/CA2/end'))).toEqual([409, 'call_closed']);
    expect(await codeOf(await post('/api/calls/CA3/end'))).toEqual([409, 'call_closed']);
  });

  it.each(['{', '[]', '{"reason":1}', '{"by":"me"}'])('refuses the body %s', async (body) => {
    const { view, post } = await world();
    view.add(callDetail('CA1'));
    expect(await codeOf(await post('/api/calls/CA1/end', body))).toEqual([400, 'bad_request']);
    expect(view.requested).toEqual([]);
  });

  it('is appended here for a call of another node', async () => {
    const other = new TestView('n2', [1]);
    other.add(
      callDetail('CB1', { partition: 1 }),
      callDetail('CB2', { partition: 1, state: 'post-processing' }),
    );
    const { log, post } = await world({ partitions: 2, peers: peersWith(other) });
    const { seq } = (await (await post('/api/calls/CB1/end')).json()) as { seq: number };
    const stored = await log.at('log', seq);
    expect(stored?.subject).toContain('_operator.CB1.operator.end-requested');
    expect(stored?.headers.get('ce-type')).toBe('operator.end-requested');
    expect(await codeOf(await post('/api/calls/CB2/kill'))).toEqual([409, 'call_conflict']);
  });

  it('is taken for a call whose partition is between two owners: the next one reads it', async () => {
    const { view, log, post } = await world({ partitions: 1 });
    view.live = [];
    await keepEvent(log, 'CA1', 'call.started', {});
    expect((await post('/api/calls/CA1/kill')).status).toBe(202);
    expect(await log.last('log', 'onhook.v1.evt._operator.CA1.operator.kill-requested')).toBeDefined();
  });
});
