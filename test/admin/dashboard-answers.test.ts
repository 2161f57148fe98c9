/** What the dashboard asks for beside the calls: the fleet, the timers, test calls, tapes; and what is hidden. */
import { describe, expect, it } from 'vitest';
import type { Peers } from '../../src/admin/answers.ts';
import { redact } from '../../src/admin/redact.ts';
import type { Tape } from '../../src/actors/tape.ts';
import { callDetail, codeOf, STARTED_AT, TestView, world } from './world.ts';

describe('redact', () => {
  it('hides words, values of the call state and phone numbers, and keeps the structure', () => {
    const account = {
      transcript: [{ role: 'caller', text: 'My card is 4111 and my name is Ada' }],
      state: { order: 'A-1', nested: { amount: 19.9, none: null } },
      from: '+12025550143',
    };
    expect(redact(account)).toEqual({
      transcript: [{ role: 'caller', text: '[hidden: 9 words]' }],
      state: { order: '[hidden]', nested: { amount: '[hidden]', none: null } },
      from: '…43',
    });
  });

  it('keeps the words that decide whether the caller takes leave, so that a replay decides the same', () => {
    expect(redact({ text: 'Okay, bye' })).toEqual({ text: 'Okay, bye' });
    expect(redact({ text: 'Okay, but my address is wrong' })).toEqual({ text: '[hidden: 6 words]' });
  });

  it('leaves a call’s own state name and ids alone', () => {
    const call = { state: 'draining', callId: 'CA1', effectId: 'a1b2c3' };
    expect(redact(call)).toEqual(call);
  });
});

describe('GET /api/calls', () => {
  it('tells what a call waits for, what is under way, and what a wait is about', async () => {
    const { view, get } = await world();
    const effect = { effectId: 'e1', kind: 'hang-up-leg', attempt: 2, phase: 'backing-off' } as const;
    view.add(
      callDetail('CA1', {
        state: 'terminating',
        value: { terminating: { carrier: 'hanging-up' } },
        effects: [{ ...effect, subject: 'carrier', cause: 'mark.echoed', requestedAt: 1, orphan: false }],
        timers: [
          { timerId: 'lifetime.call', dueAt: STARTED_AT + 9_000, durationMs: 5, absence: false },
          { timerId: 'effect.e1', dueAt: STARTED_AT + 2_000, durationMs: 5, absence: false },
        ],
      }),
    );
    expect(await (await get('/api/calls')).json()).toMatchObject({
      calls: [
        {
          value: { terminating: { carrier: 'hanging-up' } },
          effects: [{ kind: 'hang-up-leg' }],
          nextTimer: {
            timerId: 'effect.e1',
            retries: { kind: 'hang-up-leg', subject: 'carrier', attempt: 2 },
          },
        },
      ],
    });
  });

  it('redacts one call when the page asks for that', async () => {
    const { view, get } = await world();
    view.add(callDetail('CA1', { account: { state: { name: 'Ada' }, timeline: [] } }));
    expect(await (await get('/api/calls/CA1?redact=1')).text()).not.toContain('Ada');
    expect(await (await get('/api/calls/CA1')).text()).toContain('Ada');
  });
});

describe('GET /api/calls/:id/tape', () => {
  const tape: Tape = {
    callId: 'CA1',
    worlds: [],
    entries: [
      {
        world: 0,
        message: {
          seq: 1,
          at: 1,
          gateway: 'gw1',
          callId: 'CA1',
          type: 'caller.spoke',
          id: '1',
          data: { text: 'I am Ada from next door', final: true },
        },
      },
    ],
  };

  it('hides what people said unless it is asked for', async () => {
    const { get } = await world({ tape: () => Promise.resolve(tape) });
    expect(await (await get('/api/calls/CA1/tape')).text()).not.toContain('Ada');
    expect(await (await get('/api/calls/CA1/tape?reveal=1')).json()).toEqual(tape);
  });

  it('says 404 for a call without messages, and 501 where no tape is kept', async () => {
    const empty = await world({ tape: () => Promise.resolve(undefined) });
    expect(await codeOf(await empty.get('/api/calls/CA1/tape'))).toEqual([404, 'call_not_found']);
    const without = await world();
    expect(await codeOf(await without.get('/api/calls/CA1/tape'))).toEqual([501, 'not_available']);
  });
});

describe('GET /api/fleet', () => {
  it('asks every node, also one that owns nothing, and names partitions without an owner', async () => {
    const follower = new TestView('n2', []);
    const report = { ...follower.stats(), version: '1.0.0', now: 1, gateways: { gw2: 3 } };
    const peers: Peers = {
      ask: () => Promise.resolve([{ nodeId: 'n2', partitions: [], data: report }]),
    };
    const { view, get } = await world({
      partitions: 2,
      peers,
      server: () => ({ server: 'one', version: '2.10.1' }),
    });
    view.add(callDetail('CA1'), callDetail('CA2', { gateway: 'gw3' }));
    expect(await (await get('/api/fleet')).json()).toMatchObject({
      nodes: [
        { nodeId: 'n1', gateways: { gw1: 1, gw3: 1 } },
        { nodeId: 'n2', gateways: { gw2: 3 } },
      ],
      unanswered: [1],
      server: { version: '2.10.1' },
    });
  });
});

describe('GET /api/timers', () => {
  it('says of each timer its value and where it was set', async () => {
    const timer = { name: 'drainMs', value: 8_000, defaultValue: 15_000, kind: 'deadline', reason: 'why' };
    const { get } = await world({ timers: [{ ...timer, source: 'env ONHOOK_TIMERS_DRAIN_MS' }] });
    expect(await (await get('/api/timers')).json()).toMatchObject({
      timers: [{ name: 'drainMs', source: 'env ONHOOK_TIMERS_DRAIN_MS' }],
    });
  });
});

describe('POST /api/test-calls', () => {
  it('starts one where there is a playground, and is refused elsewhere', async () => {
    const testCalls = {
      scripts: [{ name: 'short', title: 'A short one' }],
      start: (name: string) => Promise.resolve(name === 'short' ? 'CA7' : undefined),
    };
    const { get, post } = await world({ testCalls });
    expect(await (await get('/api/node')).json()).toMatchObject({ dev: { scripts: testCalls.scripts } });
    expect(await (await post('/api/test-calls', '{"script":"short"}')).json()).toEqual({ callId: 'CA7' });
    expect(await codeOf(await post('/api/test-calls', '{"script":"x"}'))).toEqual([404, 'script_not_found']);
    expect(await codeOf(await post('/api/test-calls', '{'))).toEqual([400, 'bad_request']);
    const elsewhere = await world();
    expect(await codeOf(await elsewhere.post('/api/test-calls', '{"script":"short"}'))).toEqual([
      501,
      'not_available',
    ]);
  });
});
