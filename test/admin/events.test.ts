/** The live feed over server-sent events. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '@nats-io/transport-node';
import { EventRing } from '../../src/admin/event-ring.ts';
import { fleetEvents } from '../../src/admin/feed-source.ts';
import type { Feed } from '../../src/admin/feed-source.ts';
import { natsFeed } from '../../src/admin/query-feed.ts';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import type { ViewEvent } from '../../src/supervisor/view.ts';
import type { World } from './world.ts';
import { world } from './world.ts';

interface Heard {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** Reads events of a stream until there are so many; the bound is the test's own. */
async function watch(w: World, path = '/api/events', headers: Record<string, string> = {}) {
  const response = await w.get(path, headers);
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  onTestFinished(() => void reader.cancel().catch(() => {}));
  const decoder = new TextDecoder();
  let text = '';
  const blocks = (): Heard[] =>
    text
      .split('\n\n')
      .slice(0, -1)
      .filter((block) => !block.startsWith(':'))
      .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2))));
  const more = async (): Promise<void> => {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended after: ${text}`);
    text += decoder.decode(value, { stream: true });
  };
  await more();
  return async (count: number): Promise<Heard[]> => {
    while (blocks().length < count) await more();
    return blocks();
  };
}

function event(seq: number, callId = 'CA1'): ViewEvent {
  return { at: 1_700_000_000_000, seq, callId, type: 'state.changed', data: { to: 'draining' } };
}

describe('GET /api/events', () => {
  it('sends what happens from now on', async () => {
    const w = await world();
    w.view.say(event(1));
    const heard = await watch(w);
    w.view.say(event(2));
    const [first] = await heard(1);
    expect(first?.event).toBe('state.changed');
    expect(JSON.parse(first?.data ?? '')).toEqual(event(2));
  });

  it('goes on after the last event that the watcher has', async () => {
    const w = await world();
    const heard = await watch(w);
    for (const seq of [1, 2, 3]) w.view.say(event(seq));
    const [first] = await heard(3);
    const again = await watch(w, '/api/events', { 'Last-Event-ID': first?.id ?? '' });
    const seqs = (await again(2)).map(({ data }) => (JSON.parse(data ?? '') as ViewEvent).seq);
    expect(seqs).toEqual([2, 3]);
  });

  it('says reset to a watcher whose last event is gone or of another life', async () => {
    const w = await world();
    const heard = await watch(w);
    w.view.say(event(1));
    const [first] = await heard(1);
    for (let seq = 2; seq < 1_100; seq += 1) w.view.say(event(seq));
    for (const lastId of [first?.id ?? '', 'abc-5', 'nonsense']) {
      const again = await watch(w, '/api/events', { 'Last-Event-ID': lastId });
      w.view.say(event(5_000));
      const [reset, next] = await again(2);
      expect(reset?.event).toBe('reset');
      expect(JSON.parse(next?.data ?? '')).toMatchObject({ seq: 5_000 });
    }
  });

  it('can be about one call', async () => {
    const w = await world();
    const heard = await watch(w, '/api/events?call=CA2');
    w.view.say(event(1));
    w.view.say(event(2, 'CA2'));
    expect(JSON.parse((await heard(1))[0]?.data ?? '')).toMatchObject({ callId: 'CA2' });
  });

  it('takes a bounded number of watchers, and forgets those who leave', async () => {
    const w = await world();
    const controllers = Array.from({ length: 64 }, () => new AbortController());
    const open = (controller: AbortController): Promise<Response> =>
      fetch(`${w.admin.url}/api/events`, { signal: controller.signal });
    await Promise.all(controllers.map(open));
    expect((await w.get('/api/events')).status).toBe(503);
    for (const controller of controllers) controller.abort();
    let status = 503;
    for (let tries = 0; status === 503 && tries < 1_000; tries += 1) {
      const response = await w.get('/api/events');
      status = response.status;
      await response.body?.cancel();
    }
    expect(status).toBe(200);
  });
});

describe('GET /api/events of a fleet', () => {
  it('carries what every node says, and hears nothing while nobody watches', async () => {
    const server = await startNatsServer();
    const connection = await connect({ servers: server.url });
    onTestFinished(async () => {
      await connection.close();
      await server.stop();
    });
    const w = await world({ feed: natsFeed(connection, 'onhook.v1') });
    const say = (subject: string, data: string): void => connection.publish(`onhook.v1.out.${subject}`, data);
    say('CA1.state.changed', JSON.stringify({ at: 1, seq: 1, to: 'draining' }));
    const heard = await watch(w);
    say('CA1.state.changed', 'garbage');
    say('CA2.call.closed', JSON.stringify({ at: 2, seq: 5, endedBy: 'agent' }));
    const [first] = await heard(1);
    expect(JSON.parse(first?.data ?? '')).toEqual({
      at: 2,
      seq: 5,
      callId: 'CA2',
      type: 'call.closed',
      data: { endedBy: 'agent' },
    });
  });

  it('tells a watcher who comes back after nobody watched to look at everything again', async () => {
    const clock = new ManualClock();
    const ring = new EventRing();
    let listening = 0;
    const feed: Feed = () => {
      listening += 1;
      return Promise.resolve(() => void (listening -= 1));
    };
    const source = fleetEvents(feed, ring, clock);
    const leave = await source.enter();
    ring.push(event(1));
    const { lastId } = ring;
    leave();
    clock.advance(59_000);
    expect([listening, ring.placeOf(lastId)]).toEqual([1, 1]);
    (await source.enter())();
    clock.advance(60_000);
    await Promise.resolve();
    expect([listening, ring.placeOf(lastId)]).toEqual([0, undefined]);
    source.close();
  });
});
