/** What a gateway says of a call that is closed and forgotten: one more version, never a silent drop (field rule 54). */
import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { reviveCall } from '../../src/actors/call-actor.ts';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { MemoryServer, MemoryLog } from '../../src/log/memory/index.ts';
import { LateFacts } from '../../src/supervisor/late-facts.ts';
import { aCall } from '../actors/call-under-test.ts';

const words = { role: 'caller', text: 'one more thing' };

/** The record of a call, as it was published. */
const closed = aCall().play('caller.left').untilClosed();
const record = closed.record as unknown as JsonObject;

describe('the watch over late words', () => {
  let clock: ManualClock;
  let log: MemoryLog;
  let late: LateFacts;
  const lost: string[] = [];
  beforeEach(async () => {
    clock = new ManualClock();
    log = new MemoryLog(new MemoryServer({ clock, prefix: 'onhook.v1' }));
    lost.length = 0;
    late = new LateFacts({ log, clock, newId: () => 'id-1', onLost: (callId) => void lost.push(callId) });
    const headers = { 'onhook-incarnation': '7', 'onhook-record-version': '1' };
    const data = new TextEncoder().encode(JSON.stringify(record));
    await log.append('records', { subject: 'onhook.v1.record.CA1', data, headers });
  });

  const hear = (verdict: string, changes: JsonObject = {}) =>
    late.onInput(verdict, {
      seq: 9,
      at: clock.now(),
      id: 'x',
      gateway: 'gw1',
      callId: 'CA1',
      type: 'transcript.appended',
      data: words,
      ...changes,
    });
  const told = async (): Promise<JsonObject[]> => {
    clock.advance(1_000);
    await setImmediate();
    await late.close();
    const stored = await log.list('log', 'onhook.v1.evt._onhook.CA1.>', 10);
    return stored.map(({ data }) => JSON.parse(new TextDecoder().decode(data)) as JsonObject);
  };

  it('tells what comes within a second at once, with the record it is about', async () => {
    hear('late');
    hear('late', { type: 'state.patched', data: { patch: { mood: 'good' } } });
    expect(await told()).toMatchObject([
      {
        facts: [
          { type: 'transcript.appended', data: words },
          { type: 'state.patched', data: { patch: { mood: 'good' } } },
        ],
        revival: { record, incarnation: 7 },
      },
    ]);
  });

  it.each([
    ['applied', {}],
    ['late', { type: 'caller.spoke' }],
    ['late', { gateway: '_onhook' }],
    ['late', { gateway: 'gw2' }],
    ['late', { callId: 'unknown' }],
  ])('is silent about %s %j', async (verdict, changes) => {
    hear(verdict, changes);
    expect(await told()).toEqual([]);
    expect(lost).toEqual([]);
  });

  it('says when it could not keep them', async () => {
    for (let fact = 0; fact < 66; fact += 1) hear('late');
    expect(lost).toEqual(['CA1', 'CA1']);
  });
});

it('a forgotten call is made again from its record, publishes one more version, and is forgotten again', () => {
  const facts = [
    { type: 'transcript.appended', data: words },
    { type: 'state.patched', data: { patch: { mood: 'good' } } },
  ];
  const data = { facts, revival: { record, incarnation: 1 } };
  const message = closed.message('facts.late', data, { gateway: '_onhook' });
  const fold = reviveCall(message, closed.world);
  expect(fold?.effects).toMatchObject([
    {
      kind: 'publish-record',
      payload: {
        recordVersion: 2,
        record: { recordVersion: 2, endReason: 'caller_hangup', state: { mood: 'good' }, late: facts },
      },
    },
  ]);
});
