/** The edge of the log: what is let in, in which shapes, and what is refused under which name. */
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/contract/decode.ts';
import { encodeEvent } from '../../src/contract/encode.ts';
import type { Decoded } from '../../src/contract/message.ts';
import { partitionOf } from '../../src/contract/subjects.ts';
import { callId, decode, gatewayData, stored, storedAt } from './messages.ts';

function reasonOf(decoded: Decoded): string {
  return decoded.ok ? 'accepted' : `${decoded.refusal}: ${decoded.reason}`;
}

describe('an envelope', () => {
  it('is optional: the type comes from the subject, the id from the sequence', () => {
    expect(decode(stored('mark.echoed', '{"name":"m1"}', { seq: 42 }))).toEqual({
      ok: true,
      message: {
        seq: 42,
        at: 1_700_000_000_000,
        gateway: 'gw1',
        callId,
        type: 'mark.echoed',
        id: '42',
        data: { name: 'm1' },
      },
    });
  });

  it('may be nothing at all: an empty body is an empty object', () => {
    expect(decode(stored('stream.stopped', ''))).toMatchObject({ ok: true, message: { data: {} } });
  });

  it('takes its id from ce-id, else from Nats-Msg-Id', () => {
    const both = { 'ce-id': 'e1', 'Nats-Msg-Id': 'gw1/CA1/e1' };
    expect(decode(stored('agent.spoke', {}, { headers: both }))).toMatchObject({ message: { id: 'e1' } });
    const { 'Nats-Msg-Id': messageId } = both;
    expect(decode(stored('agent.spoke', {}, { headers: { 'Nats-Msg-Id': messageId } }))).toMatchObject({
      message: { id: messageId },
    });
  });

  it('survives the way out and in again', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = encodeEvent({
      prefix: 'onhook.v1',
      gateway: 'gw1',
      callId,
      type: 'mark.echoed',
      id: 'e1',
      data: { name: 'm1' },
      time: '2026-11-20T10:00:00.000Z',
      sequence: 3,
      traceparent,
    });
    expect(event.messageId).toBe('gw1/CA1/e1');
    expect(decode(storedAt(event.subject, event.data, { headers: event.headers }))).toMatchObject({
      ok: true,
      message: { id: 'e1', claimedAt: Date.UTC(2026, 10, 20, 10), sequence: 3, traceparent },
    });
  });

  it('may claim times and orders that cannot be read: they prove nothing and refuse nothing', () => {
    const headers = { 'ce-time': 'yesterday', 'ce-sequence': '-1', traceparent: 'x' };
    const decoded = decode(stored('agent.spoke', {}, { headers }));
    expect(decoded.ok && Object.keys(decoded.message).toSorted()).toEqual([
      'at',
      'callId',
      'data',
      'gateway',
      'id',
      'seq',
      'type',
    ]);
  });

  const event = { specversion: '1.0', id: 'e9', source: 's', type: 'mark.echoed', sequence: '4' };

  const types = ['application/cloudevents+json; charset=utf-8', 'application/json'];

  it.each([...types.map((type) => ({ 'content-type': type })), {}])(
    'may be structured, with headers %o',
    (headers) => {
      const body = { ...event, time: '2026-11-20T10:00:00Z', data: { name: 'm1' } };
      expect(decode(stored('mark.echoed', body, { headers }))).toMatchObject({
        ok: true,
        message: { id: 'e9', sequence: 4, claimedAt: Date.UTC(2026, 10, 20, 10), data: { name: 'm1' } },
      });
    },
  );

  it('when structured, must say its type, with data that is an object of JSON', () => {
    const structured = { headers: { 'content-type': 'application/cloudevents+json' } };
    const reason = (body: unknown): string => reasonOf(decode(stored('mark.echoed', body, structured)));
    expect(reason({ name: 'm1' })).toBe('invalid: specversion: missing in a structured event');
    expect(reason({ specversion: '1.0' })).toBe('invalid: type: missing in a structured event');
    expect(reason({ ...event, data: [1] })).toBe('invalid: data: must be an object');
    expect(reason({ ...event, data_base64: 'e30=' })).toBe('invalid: data_base64: data must be JSON');
    const batch = { headers: { 'content-type': 'application/cloudevents-batch+json' } };
    expect(reasonOf(decode(stored('mark.echoed', {}, batch)))).toMatch(/batch/);
  });

  it('must not name another type than the subject', () => {
    const expected = 'invalid: ce-type: is not the type in the subject';
    const headers = { 'ce-type': 'end.requested' };
    expect(reasonOf(decode(stored('agent.spoke', {}, { headers })))).toBe(expected);
    expect(reasonOf(decode(stored('agent.spoke', { ...event, data: {} })))).toBe(expected);
  });

  it('of another version, or with an id beyond its bound, is refused', () => {
    expect(reasonOf(decode(stored('agent.spoke', {}, { headers: { 'ce-specversion': '2.0' } })))).toMatch(
      /specversion/,
    );
    for (const name of ['ce-id', 'Nats-Msg-Id']) {
      const decoded = decode(stored('agent.spoke', {}, { headers: { [name]: 'x'.repeat(600) } }));
      expect(reasonOf(decoded)).toBe('invalid: id: too long');
    }
  });
});

describe('a body', () => {
  const nested = (levels: number): string => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

  it('has at most 64 KiB', () => {
    const filler = 'x'.repeat(64 * 1024 - '{"a":""}'.length);
    expect(decode(stored('agent.spoke', `{"a":"${filler}"}`)).ok).toBe(true);
    expect(reasonOf(decode(stored('agent.spoke', `{"a":"${filler}x"}`)))).toMatch(/larger than 64 KiB/);
  });

  it('has at most 32 levels, arrays included', () => {
    expect(decode(stored('agent.spoke', nested(32))).ok).toBe(true);
    expect(reasonOf(decode(stored('agent.spoke', nested(33))))).toMatch(/deeper than 32/);
    const arrays = `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    expect(reasonOf(decode(stored('agent.spoke', arrays)))).toMatch(/deeper than 32/);
  });

  it('is an object of JSON in UTF-8, with numbers that can be written again', () => {
    for (const body of ['{', '[]', '"x"', 'null', '{"a":1e999}', new Uint8Array([0x7b, 0xff, 0x7d])]) {
      expect(decode(stored('agent.spoke', body))).toMatchObject({ ok: false, refusal: 'invalid' });
    }
  });

  it('reaches no prototype', () => {
    const hostile =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":[{"__proto__":2}]}';
    const decoded = decode(stored('state.patched', `{"patch":${hostile},"__proto__":{"patch":{}}}`));
    expect(decoded.ok && decoded.message.data['patch']).toEqual({
      constructor: { prototype: { polluted: 1 } },
      a: [{}],
    });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('the data of an event', () => {
  const started = gatewayData['call.started'];
  const startedWith = (change: object): Decoded => decode(stored('call.started', { ...started, ...change }));
  const legs = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`leg${i}`, {}]));

  it('keeps legs as an open map with at most 16 keys', () => {
    expect(startedWith({ legs: { pstn_2: { legId: 'x', provider: 'y' } } }).ok).toBe(true);
    expect(startedWith({ legs: legs(16) }).ok).toBe(true);
    expect(startedWith({ legs: legs(17) }).ok).toBe(false);
  });

  it.each(['_x', 'a.b', '', 'constructor', 'toString', 'x'.repeat(65)])('refuses "%s" as a leg', (leg) => {
    expect(startedWith({ legs: { [leg]: {} } }).ok).toBe(false);
    expect(decode(stored('leg.added', { key: leg, leg: {} })).ok).toBe(false);
    expect(decode(stored('leg.status', { leg, status: 'completed' })).ok).toBe(false);
  });

  it('keeps timers of a call, by either spelling, and drops those of the node', () => {
    const timers = { drainMs: 1, silence: 2, leaseTtlMs: 3, nonsense: 4 };
    expect(startedWith({ policy: { timers } })).toMatchObject({ ok: true });
    const decoded = startedWith({ policy: { timers } });
    expect(decoded.ok && decoded.message.data['policy']).toEqual({ timers: { drainMs: 1, silence: 2 } });
    for (const drainMs of [-1, 1.5, 2 ** 31, '5']) {
      expect(reasonOf(startedWith({ policy: { timers: { drainMs } } }))).toMatch(/policy\.timers\.drainMs/);
    }
  });

  it.each<[string, object, object]>([
    [
      'end.requested',
      { by: 7, farewell: 'loud', reason: 'done' },
      { reason: 'done', ignored: ['by', 'farewell'] },
    ],
    ['end.requested', { farewell: { say: 5 }, toolCallId: '' }, { ignored: ['farewell', 'toolCallId'] }],
    ['call.ended', { by: ['agent'] }, { ignored: ['by'] }],
    ['caller.left', { cause: null }, { ignored: ['cause'] }],
  ])('%s ends the call although fields cannot be read, and names them: %j', (type, data, kept) => {
    expect(decode(stored(type, data as never))).toMatchObject({ ok: true, message: { data: kept } });
  });

  it('has long texts cut, since a refused end would leave a live line', () => {
    const decoded = decode(stored('end.requested', { reason: 'x'.repeat(10_000) }));
    expect(decoded.ok && decoded.message.data['reason']).toBe('x'.repeat(4_096));
  });

  it('is never repeated in a refusal', () => {
    const decoded = decode(
      stored('call.started', { ...started, legs: { 'se cret': {} }, from: { secret: 1 } }),
    );
    expect(reasonOf(decoded)).not.toContain('cret');
  });
});

describe('a subject', () => {
  const partitions = 8;
  const mapped = createDecoder({ prefix: 'onhook.v1', partitions });
  const home = partitionOf(callId, partitions);

  it('is read as published and as the server stores it (log rule 1)', () => {
    for (const subject of [`onhook.v1.evt.gw1.CA1.agent.spoke`, `onhook.v1.p.${home}.gw1.CA1.agent.spoke`]) {
      expect(mapped(storedAt(subject, {}))).toMatchObject({ ok: true, message: { gateway: 'gw1', callId } });
    }
  });

  it('of another partition than the call id hashes to is refused (log rule 3)', () => {
    const other = (home + 1) % partitions;
    expect(mapped(storedAt(`onhook.v1.p.${other}.gw1.CA1.agent.spoke`, {}))).toMatchObject({
      ok: false,
      refusal: 'wrong-partition',
      callId,
    });
  });

  it('whose tokens do not fit is refused', () => {
    for (const subject of [
      'onhook.v1.evt.gw1.*.agent.spoke',
      'onhook.v1.evt.gw1.CA1',
      'onhook.v1.evt._other.CA1.agent.spoke',
      'onhook.v1.evt.gw1._p0.agent.spoke',
      'onhook.v1.evt._ingress._p0.room.finished',
      'onhook.v1.p.x.gw1.CA1.agent.spoke',
      'onhook.v1.p.0',
      'onhook.v10.evt.gw1.CA1.agent.spoke',
      '',
    ]) {
      expect(mapped(storedAt(subject, {}))).toEqual({
        ok: false,
        refusal: 'invalid',
        reason: 'subject: tokens do not fit',
      });
    }
  });

  it('with an unknown type is refused with the nearest one', () => {
    expect(reasonOf(decode(stored('end.request', {})))).toBe(
      'invalid: type: unknown; the nearest is end.requested',
    );
  });
});
