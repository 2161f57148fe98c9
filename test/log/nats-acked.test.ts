/**
 * Acked writes of the NATS adapter, over our own reply inbox: in order with what was published beside
 * them, and each failure of the server, the connection or the message in the port's words.
 */
import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { Msg } from '@nats-io/transport-node';
import { errors } from '@nats-io/transport-node';
import { afterEach, describe, expect, test } from 'vitest';
import { eventSubject, recordSubject } from '../../src/contract/subjects.ts';
import type { OutgoingMessage } from '../../src/log/log.ts';
import { LogFull, LogUnavailable, WrongLastSequence } from '../../src/log/log.ts';
import type { ConnectionEvent, NatsLog, NatsLogOptions } from '../../src/log/nats/index.ts';
import { connectLog } from '../../src/log/nats/index.ts';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import { bytes, collect, eventually, text } from './eventually.ts';
import { natsOptions } from './nats-under-test.ts';

/** Beyond every test: whoever waits for it in vain fails by the test's own bound. */
const FOREVER_MS = 3_600_000;
const CALL = 'CA1';
const RECORD = recordSubject('onhook.v1', CALL);

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(
  changes: Partial<NatsLogOptions> = {},
  config = '',
): Promise<{ server: RunningNatsServer; log: NatsLog }> {
  const server = await startNatsServer({ config });
  closing.push(() => server.stop());
  const log = await connectLog(natsOptions(server.url, changes));
  closing.push(() => log.close());
  return { server, log };
}

const event = (content: string): OutgoingMessage => ({
  subject: eventSubject('onhook.v1', 'gw1', CALL, 'x'),
  data: bytes(content),
});
const record = (content: string): OutgoingMessage => ({ subject: RECORD, data: bytes(content) });

async function refusal(asked: Promise<unknown>): Promise<Error & { readonly cause?: unknown }> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new TypeError('it was not refused');
}

describe('the order of what is written', () => {
  test('appends and publishes of one turn are stored in the order in which they were asked for', async () => {
    const { log } = await start();
    const acks: Promise<{ readonly seq: number }>[] = [];
    for (let i = 0; i < 40; i += 1) {
      if (i % 4 === 3) acks.push(log.append('log', event(`a${i}`)));
      else log.publish(event(`p${i}`));
    }
    const seqs = (await Promise.all(acks)).map(({ seq }) => seq);
    await log.flush();
    const stored = await log.ofCall(CALL);
    const names = Array.from({ length: 40 }, (_, i) => `${i % 4 === 3 ? 'a' : 'p'}${i}`);
    expect(stored.map((message) => text(message.data))).toEqual(names);
    const appended = stored.filter((message) => text(message.data).startsWith('a'));
    expect(appended.map(({ seq }) => seq)).toEqual(seqs);
  });

  test('many at once each get their own answer, refused or not', async () => {
    const { log } = await start();
    const subjects = Array.from({ length: 500 }, (_, i) => recordSubject('onhook.v1', `CA${i}`));
    const write = (subject: string): Promise<{ readonly seq: number }> =>
      log.append('records', { subject, data: bytes(subject) }, { expectLastSubjectSeq: 0 });
    const twice = await Promise.allSettled(subjects.flatMap((subject) => [write(subject), write(subject)]));
    for (const [i, answer] of twice.entries()) {
      if (i % 2 === 1) expect(answer).toMatchObject({ reason: { code: 'wrong_last_sequence' } });
      else expect(answer).toEqual({ status: 'fulfilled', value: { seq: i / 2 + 1, duplicate: false } });
    }
    const [last] = (await log.list('records', 'onhook.v1.record.*', 1)).map(({ data }) => text(data));
    expect(last).toBe(subjects.at(-1));
  });
});

describe('a write that fails', () => {
  test('names the subject, with the word of the server as the cause', async () => {
    const { log } = await start();
    await log.append('records', record('v1'));
    const error = await refusal(log.append('records', record('v2'), { expectLastSubjectSeq: 7 }));
    expect(error).toBeInstanceOf(WrongLastSequence);
    expect(error.message).toContain(`ONHOOK_RECORDS ${RECORD}`);
    expect(error.cause).toBeInstanceOf(JetStreamApiError);
    expect(error.cause).toMatchObject({ code: 10071, status: 400 });
  });

  test('a full bucket and a full stream say so', async () => {
    const { log } = await start({ legs: { maxBytes: 4_096 }, records: { maxBytes: 4_096 } });
    const large = new Uint8Array(8_192);
    expect(await refusal(log.bucket('legs').create('k', large))).toBeInstanceOf(LogFull);
    expect(await refusal(log.append('records', { ...record(''), data: large }))).toBeInstanceOf(LogFull);
  });

  test('at once, where no stream listens', async () => {
    const { log } = await start();
    const manager = await jetstreamManager(log.connection);
    await manager.streams.delete('ONHOOK_RECORDS');
    const error = await refusal(log.append('records', record('v1'), { timeoutMs: FOREVER_MS }));
    expect(error).toBeInstanceOf(LogUnavailable);
    expect(error.cause).toBeInstanceOf(errors.NoRespondersError);
  });

  test('at once, where the server does not permit it, and tells the operator', async () => {
    const events: ConnectionEvent[] = [];
    const denied = `publish: { deny: ["${RECORD}", "$KV.onhook-legs.>"] }`;
    const { log } = await start(
      { user: 'o', password: 'p', onEvent: (heard) => events.push(heard) },
      `authorization { users: [ { user: o, password: p, permissions: { ${denied} } } ] }`,
    );
    const allowed = log.append('log', event('a'));
    const error = await refusal(log.append('records', record('v1'), { timeoutMs: FOREVER_MS }));
    expect(error).toBeInstanceOf(LogUnavailable);
    expect(error.cause).toBeInstanceOf(errors.PermissionViolationError);
    expect(await refusal(log.bucket('legs').put('k', bytes('v')))).toBeInstanceOf(LogUnavailable);
    expect((await allowed).seq).toBeGreaterThan(0);
    const denials = events.filter(({ type }) => type === 'permission-denied');
    expect(denials).toMatchObject([{ subject: RECORD }, { subject: '$KV.onhook-legs.k' }]);
  });

  test('too large a message harms no other one of its turn', async () => {
    const { log } = await start();
    const large = { ...record(''), data: new Uint8Array(2 * 1024 * 1024) };
    const [refused, ...others] = await Promise.allSettled([
      log.append('records', large, { timeoutMs: FOREVER_MS }),
      log.append('log', event('a')),
      log.bucket('legs').put('k', bytes('v')),
    ]);
    expect(refused).toMatchObject({ reason: { code: 'log_unavailable' } });
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  });

  test('an answer that is none of a stream is no ack', async () => {
    const { log } = await start();
    for (const answer of ['', '+OK', '{}', '{"stream":"S"}']) {
      const subject = `elsewhere.${answer.length}`;
      log.connection.subscribe(subject, { callback: (_error, message) => void message.respond(answer) });
      await log.connection.flush();
      const error = await refusal(log.append('log', { ...event('a'), subject }, { timeoutMs: FOREVER_MS }));
      expect(error, answer).toBeInstanceOf(LogUnavailable);
    }
  });

  test('a message id cannot forge a header, nor is a time below a millisecond waited for', async () => {
    const { log } = await start();
    const forged = log.append('log', event('a'), { messageId: 'x\r\nNats-Rollup: all' });
    expect(await refusal(forged)).toBeInstanceOf(LogUnavailable);
    const late = log.append('log', event('b'), { timeoutMs: -1 });
    expect(await refusal(late)).toBeInstanceOf(LogUnavailable);
    await log.append('log', event('c'), { messageId: 'own' });
    const [only] = await log.ofCall(CALL);
    expect([text(only?.data ?? bytes('')), only?.headers.get('Nats-Msg-Id')]).toEqual(['c', 'own']);
  });
});

describe('a write that waits', () => {
  /** Where nobody answers until told to. */
  async function silence(log: NatsLog): Promise<{ subject: string; heard: Msg[] }> {
    const heard: Msg[] = [];
    log.connection.subscribe('silence', { callback: (_error, message) => void heard.push(message) });
    await log.connection.flush();
    return { subject: 'silence', heard };
  }

  test('ends by its own time; what is answered later goes to nobody', async () => {
    const { log } = await start();
    const { subject, heard } = await silence(log);
    const longer = log.append('records', { ...record('a'), subject }, { timeoutMs: FOREVER_MS });
    const error = await refusal(log.append('log', { ...event('b'), subject }, { timeoutMs: 100 }));
    expect(error).toBeInstanceOf(LogUnavailable);
    expect(error.cause).toBeInstanceOf(errors.TimeoutError);
    const next = log.append('log', { ...event('c'), subject }, { timeoutMs: FOREVER_MS });
    await eventually('heard', () => heard.length === 3);
    for (const [i, message] of heard.entries()) message.respond(`{"stream":"S","seq":${i + 1}}`);
    expect([(await longer).seq, (await next).seq]).toEqual([1, 3]);
  });

  test('is unknown when the server is killed meanwhile, and the next one is stored', async () => {
    const { server, log } = await start();
    const { subject, heard } = await silence(log);
    const ended = refusal(log.append('records', { ...record('v1'), subject }, { timeoutMs: 1_000 }));
    await eventually('heard', () => heard.length === 1);
    await server.kill('SIGKILL');
    await server.restart();
    expect(await ended).toBeInstanceOf(LogUnavailable);
    await eventually('back', () => log.isConnected());
    expect(await log.append('records', record('v1'))).toEqual({ seq: 1, duplicate: false });
    expect(await log.bucket('legs').create('k', bytes('v'))).toBe(1);
  });

  test('ends at once when the log is closed', async () => {
    const { log } = await start();
    const { subject, heard } = await silence(log);
    const waiting = ['a', 'b'].map((content) =>
      refusal(log.append('log', { ...event(content), subject }, { timeoutMs: FOREVER_MS })),
    );
    await eventually('heard', () => heard.length === 2);
    await log.close();
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(LogUnavailable);
    expect(await refusal(log.append('records', record('v1')))).toBeInstanceOf(LogUnavailable);
    expect(await refusal(log.bucket('legs').put('k', bytes('v')))).toBeInstanceOf(LogUnavailable);
  });

  test('leaves with the log that is closed in the same turn', async () => {
    const { server, log } = await start();
    const unanswered = refusal(log.append('log', event('last'), { timeoutMs: FOREVER_MS }));
    expect(log.publish(event('very last'))).toBe(true);
    await log.close();
    expect(await unanswered).toBeInstanceOf(LogUnavailable);
    const other = await connectLog(natsOptions(server.url));
    closing.push(() => other.close());
    const seen = collect(other);
    await eventually('stored', () => seen.messages.length === 2);
    expect(seen.texts()).toEqual(['last', 'very last']);
  });
});

describe('a key that another client deleted', () => {
  test.each(['delete', 'purge'] as const)(
    'by its %s is created again, over the marker that it left',
    async (how) => {
      const { log } = await start();
      const legs = log.bucket('legs');
      const other = await new Kvm(jetstream(log.connection)).open('onhook-legs');
      await legs.create('k', bytes('v1'));
      expect(await refusal(legs.create('k', bytes('v2')))).toBeInstanceOf(WrongLastSequence);
      await other[how]('k');
      expect(await legs.get('k')).toBeUndefined();
      const revision = await legs.create('k', bytes('v3'));
      expect(await legs.get('k')).toMatchObject({ revision });
      expect(text((await other.get('k'))?.value ?? bytes(''))).toBe('v3');
    },
  );
});
