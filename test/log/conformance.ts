/** What every adapter of the port `Log` promises: one suite, run over each of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventSubject, parseEventSubject, partitionOf, recordSubject } from '../../src/contract/subjects.ts';
import type { Log, OutgoingMessage } from '../../src/log/log.ts';
import { LogUnavailable, WrongLastSequence } from '../../src/log/log.ts';
import { BadKey } from '../../src/log/bucket-key.ts';
import { BadHeader } from '../../src/log/outgoing.ts';
import { BadSubject } from '../../src/log/subject-shapes.ts';
import { bytes, collect, eventually, text } from './eventually.ts';

/** A server and ways to reach and to hurt it. */
export interface LogUnderTest {
  readonly partitions: number;
  /** One more handle, as of one more node. */
  open(): Promise<Log>;
  /** Ends the server the hard way; `up` starts it again on what it has stored. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

const PREFIX = 'onhook.v1';
const TIMEOUT_MS = 60_000;

export function logConformance(name: string, start: () => Promise<LogUnderTest>): void {
  describe(`a log kept by ${name}`, { timeout: TIMEOUT_MS }, () => {
    let server: LogUnderTest;
    let log: Log;
    let calls = 0;
    let call: string;
    let from: number;

    beforeAll(async () => {
      server = await start();
      log = await server.open();
    }, TIMEOUT_MS);
    afterAll(async () => {
      await log.close();
      await server.close();
    }, TIMEOUT_MS);
    beforeEach(async () => {
      call = `CA${(calls += 1)}`;
      from = (await log.state('log')).lastSeq + 1;
    });

    const event = (content: string, callId = call, type = 'mark.echoed'): OutgoingMessage => ({
      subject: eventSubject(PREFIX, 'gw1', callId, type),
      data: bytes(content),
    });
    const appendAll = async (contents: readonly string[]): Promise<void> => {
      for (const content of contents) await log.append('log', event(content));
    };

    describe('writing', () => {
      test('an append answers with its place, and the message is found there', async () => {
        const { seq, duplicate } = await log.append('log', { ...event('one'), headers: { 'ce-id': 'x1' } });
        const stored = await log.at('log', seq);
        expect({ seq, duplicate }).toEqual({ seq: from, duplicate: false });
        expect(stored?.headers.get('ce-id')).toBe('x1');
        expect(text(stored?.data ?? bytes(''))).toBe('one');
        expect(parseEventSubject(PREFIX, stored?.subject ?? '')).toMatchObject({
          callId: call,
          type: 'mark.echoed',
        });
      });

      test('log rule 1: the stored subject names the partition that the hash of the call id names', async () => {
        const { seq } = await log.append('log', event('one'));
        const address = parseEventSubject(PREFIX, (await log.at('log', seq))?.subject ?? '');
        const expected = server.partitions > 1 ? partitionOf(call, server.partitions) : undefined;
        expect(address?.partition).toBe(expected);
      });

      test('log rule 5: of two appends that expect the same last sequence, one wins', async () => {
        const first = await log.append('log', event('a'), { expectLastSubjectSeq: 0 });
        await expect(log.append('log', event('b'), { expectLastSubjectSeq: 0 })).rejects.toThrow(
          WrongLastSequence,
        );
        await log.append('log', event('c'), { expectLastSubjectSeq: first.seq });
        await expect(log.append('log', event('d'), { expectLastSubjectSeq: first.seq })).rejects.toThrow(
          WrongLastSequence,
        );
        expect((await log.ofCall(call)).map((m) => text(m.data))).toEqual(['a', 'c']);
      });

      test('the expectation is per subject: other subjects do not disturb it', async () => {
        const first = await log.append('log', event('a', call, 'one'));
        await log.append('log', event('b', call, 'two'));
        await log.append('log', event('c', call, 'one'), { expectLastSubjectSeq: first.seq });
        expect((await log.ofCall(call)).length).toBe(3);
      });

      test('a repeated message id is stored once and answered with the first place', async () => {
        const first = await log.append('log', event('a'), { messageId: `gw1/${call}/1` });
        const again = await log.append('log', event('a'), { messageId: `gw1/${call}/1` });
        expect(again).toEqual({ seq: first.seq, duplicate: true });
        log.publish({ ...event('a'), headers: { 'Nats-Msg-Id': `gw1/${call}/1` } });
        await log.flush();
        expect((await log.ofCall(call)).map((m) => m.headers.get('Nats-Msg-Id'))).toEqual([`gw1/${call}/1`]);
      });

      test('log rule 19: a publish without an ack is read back', async () => {
        const seen = collect(log, { fromSeq: from });
        expect(log.publish({ ...event('quiet'), headers: { 'ce-id': 'own' } })).toBe(true);
        await eventually('read back', () => seen.messages.length === 1);
        expect(seen.messages[0]?.headers.get('ce-id')).toBe('own');
        await seen.reader.stop();
      });

      test('a record lives in its own stream, versioned by expected sequence (log rule 36)', async () => {
        const record = { subject: recordSubject(PREFIX, call), data: bytes('v1') };
        const first = await log.append('records', record, { expectLastSubjectSeq: 0 });
        await expect(log.append('records', record, { expectLastSubjectSeq: 0 })).rejects.toThrow(
          WrongLastSequence,
        );
        await log.append('records', { ...record, data: bytes('v2') }, { expectLastSubjectSeq: first.seq });
        expect(text((await log.last('records', record.subject))?.data ?? bytes(''))).toBe('v2');
        expect((await log.state('log')).lastSeq).toBe(from - 1);
      });
    });

    describe('what must not reach beyond its own subject', () => {
      test.each(['*', '>', 'a b', '', 'a..b'])('subject token "%s" is refused', async (token) => {
        const hostile = { subject: eventSubject(PREFIX, 'gw1', token, 'x'), data: bytes('') };
        expect(() => log.publish(hostile)).toThrow(BadSubject);
        await expect(log.append('log', hostile)).rejects.toThrow(BadSubject);
        await expect(log.purge('log', hostile.subject)).rejects.toThrow(BadSubject);
        await expect(log.last('log', hostile.subject)).rejects.toThrow(BadSubject);
      });

      test.each(['*', '>', 'a.b', 'CA1.>'])('a call named "%s" has no messages', async (callId) => {
        await log.append('log', event('a'));
        expect(await log.ofCall(callId)).toEqual([]);
      });

      test('a header that would forge another is refused', async () => {
        const forged = { ...event('a'), headers: { 'ce-id': 'x\r\nNats-Msg-Id: y' } };
        expect(() => log.publish(forged)).toThrow(BadHeader);
        await expect(log.append('log', forged)).rejects.toThrow(BadHeader);
      });

      test.each(['*', 'a.>', '.a', 'a b', ''])('key "%s" is refused', async (key) => {
        await expect(log.bucket('legs').get(key)).rejects.toThrow(BadKey);
        await expect(log.bucket('legs').put(key, bytes(''))).rejects.toThrow(BadKey);
      });
    });

    describe('finding', () => {
      test('the newest message of a subject, and nothing for a subject without one', async () => {
        await appendAll(['a', 'b']);
        expect(text((await log.last('log', event('').subject))?.data ?? bytes(''))).toBe('b');
        expect(await log.last('log', event('', 'nobody').subject)).toBeUndefined();
        expect(await log.at('log', 9_999_999)).toBeUndefined();
      });

      test('log rule 30: a message has the same timestamp however it is read', async () => {
        const { seq } = await log.append('log', event('a'));
        const seen = collect(log, { fromSeq: seq });
        await eventually('delivered', () => seen.messages.length === 1);
        await seen.reader.stop();
        const stamps = [seen.messages[0], await log.at('log', seq), ...(await log.ofCall(call))];
        expect(new Set(stamps.map((message) => message?.timestampMs)).size).toBe(1);
      });

      test('the messages of one call in order, those of others not', async () => {
        await appendAll(['a', 'b']);
        await log.append('log', event('other', `${call}x`));
        await log.append('log', event('c', call, 'call.ended'));
        expect((await log.ofCall(call)).map((m) => text(m.data))).toEqual(['a', 'b', 'c']);
      });

      test('the newest of a filter, oldest first', async () => {
        const ids = ['1', '2', '3', '4', '5'].map((n) => `${call}-${n}`);
        for (const id of ids) {
          await log.append('records', { subject: recordSubject(PREFIX, id), data: bytes(id) });
          await log.append('log', event(id, id));
        }
        const records = await log.list('records', `${PREFIX}.record.*`, 3);
        expect(records.map((m) => text(m.data))).toEqual(ids.slice(2));
        const events = await log.list('log', `${PREFIX}.evt.gw1.*.>`, 2);
        expect(events.map((m) => text(m.data))).toEqual(ids.slice(3));
        expect((await log.list('log', `${PREFIX}.evt.gw1.${ids[0]}.>`, 9)).length).toBe(1);
        expect(await log.list('log', `${PREFIX}.evt.nobody.*.>`, 2)).toEqual([]);
      });

      test('one message is removed by its sequence, and is then neither found nor counted', async () => {
        await appendAll(['one', 'two']);
        const { messages } = await log.state('log');
        expect(await log.remove('log', from + 1)).toBe(true);
        expect(await log.remove('log', from + 1)).toBe(false);
        expect((await log.ofCall(call)).map((m) => text(m.data))).toEqual(['one']);
        expect((await log.state('log')).messages).toBe(messages - 1);
      });

      test('a purge removes one subject, whose expected sequence is 0 again', async () => {
        await appendAll(['a', 'b']);
        await log.append('log', event('c', call, 'call.ended'));
        expect(await log.purge('log', event('').subject)).toBe(2);
        expect((await log.ofCall(call)).map((m) => text(m.data))).toEqual(['c']);
        await log.append('log', event('d'), { expectLastSubjectSeq: 0 });
      });
    });

    describe('reading', () => {
      test('log rule 17: every message once, in stored order, from the sequence asked for', async () => {
        const contents = Array.from({ length: 300 }, (_, i) => `m${i}`);
        const seen = collect(log, { fromSeq: from });
        for (const [i, content] of contents.entries()) log.publish(event(content, `${call}-${i % 7}`));
        await eventually('all read', () => seen.messages.length === contents.length);
        expect(seen.texts()).toEqual(contents);
        expect(seen.messages.map((m) => m.seq)).toEqual(contents.map((_, i) => from + i));
        const late = collect(log, { fromSeq: from + 290 });
        await eventually('the rest read', () => late.messages.length === 10);
        expect(late.texts()).toEqual(contents.slice(290));
        await Promise.all([seen.reader.stop(), late.reader.stop()]);
      });

      test('the reader of a partition sees its calls and no others', async () => {
        const readers = Array.from({ length: server.partitions }, (_, partition) =>
          collect(log, { fromSeq: from, partition }),
        );
        const ids = Array.from({ length: 40 }, (_, i) => `${call}-${i}`);
        for (const id of ids) log.publish(event(id, id));
        const total = (): number => readers.reduce((sum, seen) => sum + seen.messages.length, 0);
        await eventually('all read', () => total() === ids.length);
        for (const [partition, seen] of readers.entries()) {
          expect(seen.texts()).toEqual(ids.filter((id) => partitionOf(id, server.partitions) === partition));
          await seen.reader.stop();
        }
      });

      test('it says once that it has caught up, after everything that was stored', async () => {
        await appendAll(['a', 'b', 'c']);
        const order: string[] = [];
        const seen = collect(log, {
          fromSeq: from,
          onMessage: (m) => void order.push(text(m.data)),
          onSignal: (signal) => order.push(signal.type),
        });
        await eventually('caught up', () => order.length === 4);
        await log.append('log', event('d'));
        await eventually('live', () => order.length === 5);
        expect(order).toEqual(['a', 'b', 'c', 'caught-up', 'd']);
        expect(seen.reader.lastSeq).toBe(from + 3);
        await seen.reader.stop();
      });

      test('it has caught up at once when nothing is stored', async () => {
        const seen = collect(log, { fromSeq: from });
        await eventually('caught up', () => seen.signals.length === 1);
        expect(seen.signals).toEqual([{ type: 'caught-up', lastSeq: from - 1 }]);
        await seen.reader.stop();
      });

      test('a promise holds back the next message, and stop waits for it', async () => {
        const release: (() => void)[] = [];
        let running = 0;
        let most = 0;
        await appendAll(['a', 'b', 'c']);
        const seen = collect(log, {
          fromSeq: from,
          onMessage: async () => {
            most = Math.max(most, (running += 1));
            await new Promise<void>((resolve) => release.push(resolve));
            running -= 1;
          },
        });
        await eventually('first', () => release.length === 1);
        await log.append('log', event('d'));
        expect(seen.texts()).toEqual(['a']);
        release[0]?.();
        await eventually('second', () => release.length === 2);
        const stopping = seen.reader.stop().then(() => running);
        release[1]?.();
        expect(await stopping).toBe(0);
        await log.append('log', event('e'));
        expect({ most, texts: seen.texts() }).toEqual({ most: 1, texts: ['a', 'b'] });
      });

      test.each(['throws', 'rejects'])('a handler that %s stops the reader and is reported', async (how) => {
        const problem = new RangeError('handler');
        await appendAll(['a', 'b']);
        const seen = collect(log, {
          fromSeq: from,
          onMessage: () => {
            if (how === 'throws') throw problem;
            return Promise.reject(problem);
          },
        });
        await eventually('reported', () => seen.failures.length === 1);
        await log.append('log', event('c'));
        expect(seen).toMatchObject({ failures: [problem], messages: { length: 1 } });
      });
    });

    describe('when the server goes away and comes back', () => {
      test('the reader goes on without a gap or a repeat, and says so before the next message', async () => {
        const order: string[] = [];
        const seen = collect(log, {
          fromSeq: from,
          onMessage: (m) => void order.push(text(m.data)),
          onSignal: (signal) => order.push(signal.type),
        });
        await appendAll(['a', 'b']);
        await eventually('read', () => seen.messages.length === 2);
        await server.down();
        await eventually('noticed', () => !log.isConnected() && order.at(-1) === 'stalled');
        expect(log.publish(event('lost'))).toBe(false);
        await server.up();
        await eventually('back', () => log.isConnected() && order.includes('resumed'));
        await log.append('log', event('c'));
        await eventually('read on', () => seen.messages.length === 3);
        expect(seen.texts()).toEqual(['a', 'b', 'c']);
        expect(seen.messages.map((m) => m.seq)).toEqual([from, from + 1, from + 2]);
        expect(order.indexOf('resumed')).toBeLessThan(order.indexOf('c'));
        await seen.reader.stop();
      });

      test('an append meanwhile is unknown, not failed, and listeners hear both changes', async () => {
        const heard: boolean[] = [];
        const leave = log.onConnectionChange((connected) => heard.push(connected));
        await server.down();
        await eventually('noticed', () => !log.isConnected());
        await expect(log.append('log', event('a'), { timeoutMs: 200 })).rejects.toThrow(LogUnavailable);
        await server.up();
        await eventually('back', () => log.isConnected());
        leave();
        expect(heard).toEqual([false, true]);
      });

      test('a bucket keeps what it had', async () => {
        const bucket = log.bucket('checkpoints');
        const revision = await bucket.put(`kept.${call}`, bytes('v'));
        await server.down();
        await server.up();
        await eventually('back', () => log.isConnected());
        expect((await bucket.get(`kept.${call}`))?.revision).toBe(revision);
      });
    });

    describe('buckets', () => {
      test('create, update and put compare as they say', async () => {
        const bucket = log.bucket('checkpoints');
        const key = `manifest.${call}`;
        expect(await bucket.get(key)).toBeUndefined();
        const first = await bucket.create(key, bytes('1'));
        await expect(bucket.create(key, bytes('x'))).rejects.toThrow(WrongLastSequence);
        const second = await bucket.update(key, bytes('2'), first);
        await expect(bucket.update(key, bytes('x'), first)).rejects.toThrow(WrongLastSequence);
        expect(second).toBeGreaterThan(first);
        const entry = await bucket.get(key);
        expect({ ...entry, value: text(entry?.value ?? bytes('')) }).toEqual({
          key,
          value: '2',
          revision: second,
        });
        expect(await bucket.put(key, bytes('3'))).toBeGreaterThan(second);
      });

      test('a deleted key is gone, can be deleted again, and can be created again', async () => {
        const bucket = log.bucket('legs');
        const key = `leg.${call}`;
        const old = await bucket.create(key, bytes('1'));
        await bucket.delete(key);
        await bucket.delete(key);
        expect(await bucket.get(key)).toBeUndefined();
        expect(await bucket.keys()).not.toContain(key);
        await expect(bucket.update(key, bytes('x'), old)).rejects.toThrow(WrongLastSequence);
        await bucket.create(key, bytes('2'));
        expect(await bucket.keys()).toContain(key);
      });

      test('a chunk of 512 KiB comes back whole', async () => {
        const chunk = new Uint8Array(512 * 1024).map((_, i) => i % 251);
        await log.bucket('checkpoints').create(`chunk.${call}`, chunk);
        const stored = await log.bucket('checkpoints').get(`chunk.${call}`);
        expect(Buffer.compare(stored?.value ?? bytes(''), chunk)).toBe(0);
      });
    });

    test('two nodes on one log see the same order, and one of them wins a claim', async () => {
      const other = await server.open();
      const [here, there] = [collect(log, { fromSeq: from }), collect(other, { fromSeq: from })];
      const claims = await Promise.allSettled([
        log.append('log', event('here'), { expectLastSubjectSeq: 0 }),
        other.append('log', event('there'), { expectLastSubjectSeq: 0 }),
      ]);
      expect(claims.map((claim) => claim.status).toSorted()).toEqual(['fulfilled', 'rejected']);
      await eventually('both read it', () => here.messages.length + there.messages.length === 2);
      expect(there.texts()).toEqual(here.texts());
      await here.reader.stop();
      await other.close();
      expect(other.isConnected()).toBe(false);
    });
  });
}
