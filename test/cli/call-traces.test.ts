/** Folds and attempts as spans: over owners that die, and for attempts that nobody waits for. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { traceCalls } from '../../src/cli/serve/call-traces.ts';
import type { CallTraces } from '../../src/cli/serve/call-traces.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { PartitionSeat } from '../../src/supervisor/partition-seat.ts';
import { callFold } from '../../src/supervisor/call-fold.ts';
import type { SpanData, SpanSink, TracedCall } from '../../src/telemetry/traces/span.ts';
import { command, hangUp, startWorld } from '../dispatcher/world.ts';
import type { World } from '../dispatcher/world.ts';
import { Fleet, quiet, TTL_MS } from '../supervisor/fleet.ts';

/** A sink that keeps what it gets. */
class Kept implements SpanSink {
  readonly got: { readonly call: TracedCall; readonly span: SpanData }[] = [];

  emit(call: TracedCall, spans: readonly SpanData[]): void {
    for (const span of spans) this.got.push({ call, span });
  }

  async close(): Promise<void> {}
}

function tracesTo(sink: SpanSink, seats: () => readonly PartitionSeat[]): CallTraces {
  return traceCalls({ sink, clock: systemClock, personalData: false, seats });
}

describe('the spans of a call', () => {
  it('are told again, the same, by the next owner when the last one died before it could send them', async () => {
    const fleet = new Fleet();
    const [first, second] = [new Kept(), new Kept()];
    const unasked = (): never[] => [];
    const a = await fleet.start('a', { fold: callFold, onFold: tracesTo(first, unasked).onFold });
    await fleet.start('b', { fold: callFold, onFold: tracesTo(second, unasked).onFold });
    // It dies before the next checkpoint: the closing is in the tail that is replayed.
    fleet.startCall('c1', { legs: { carrier: { callSid: 'CA1' } } });
    fleet.publish('c1', 'end.requested', { farewell: 'none' });
    while (first.got.length === 0) await fleet.pass(50);
    a.node.abort();
    await fleet.pass(2 * TTL_MS);
    expect(first.got.map(({ span }) => span.name)).toEqual([
      'call',
      'active',
      'terminating',
      'post-processing',
    ]);
    expect(second.got).toEqual(first.got);
  });
});

describe('the span of an attempt', () => {
  let world: World;
  let sink: Kept;
  let fleet: Fleet;
  beforeEach(async () => {
    sink = new Kept();
    fleet = new Fleet();
    // The calls are those of a fleet; the requests go to doubles of their providers.
    const { node } = await fleet.start('a', { fold: callFold, settle: false });
    const traces = tracesTo(sink, () => node.seats);
    world = await startWorld({ onRequest: traces.onRequest, onEnd: traces.onEnd });
    fleet.startCall('CA1', { legs: { carrier: { callSid: 'CA1' } } });
    await quiet();
  });
  afterEach(() => world.close());

  const spans = (): object[] =>
    sink.got.map(({ span: { name, parentKey, attributes } }) => ({
      name,
      parentKey,
      outcome: attributes['onhook.outcome'],
    }));

  it('hangs under the state in which it was sent', async () => {
    world.twilio.addCall({ sid: 'CA1' });
    world.dispatcher.dispatch(command('mark'));
    await world.dispatcher.drain(10_000);
    fleet.publish('CA1', 'end.requested', { farewell: 'none' });
    await quiet();
    world.dispatcher.dispatch(hangUp('CA1'));
    await world.dispatcher.drain(10_000);
    expect(spans()).toEqual([
      { name: 'command mark', parentKey: 'state/0', outcome: 'done' },
      { name: 'hang-up-leg', parentKey: 'state/1', outcome: 'done' },
    ]);
  });

  it('says that it was withdrawn when nobody waits for it any more', async () => {
    const ping = command('ping');
    world.dispatcher.dispatch(ping);
    world.dispatcher.withdraw(ping.effectId);
    expect(spans()).toEqual([{ name: 'command ping', parentKey: 'state/0', outcome: 'withdrawn' }]);
  });

  it('is none for what was not sent, for a call that is not here, and for an owner that has lost it', async () => {
    world.owner.may = false;
    world.dispatcher.dispatch(command('mark'));
    world.owner.may = true;
    world.dispatcher.dispatch(command('mark', { callId: 'CA2' }));
    world.dispatcher.dispatch(command('ping'));
    await world.dispatcher.close();
    expect(spans()).toEqual([]);
  });
});
