/** The watch over carriers' lines, round by round: what is ended, what is only told, what is left alone. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/contract/json.ts';
import { carrierKey } from '../../src/contract/leg-entry.ts';
import type { LegEntry } from '../../src/contract/leg-entry.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { INCARNATION_HEADER } from '../../src/contract/record-headers.ts';
import { recordSubject } from '../../src/contract/subjects.ts';
import type { LiveLine } from '../../src/dispatcher/line-port.ts';
import { LineWatch } from '../../src/supervisor/line-watch.ts';
import { aCall } from '../actors/call-under-test.ts';
import type { TestNode } from './fleet.ts';
import { dataOf, Fleet, PREFIX, quiet } from './fleet.ts';

const EVERY_MS = 10_000;
const closed = aCall().play('caller.left').untilClosed().record as unknown as JsonObject;

describe('a line that no call watches (invariant 34)', () => {
  let fleet: Fleet;
  let node: TestNode;
  let up: string[];
  let answer: Outcome;
  let alarms: [string, JsonObject][];

  beforeEach(async () => {
    fleet = new Fleet();
    node = await fleet.start('a');
    up = [];
    answer = { result: 'no-responder' };
    alarms = [];
  });

  function watch(endsMax = 10): void {
    const lineOf = (id: string): LiveLine => ({ provider: 'twilio', id, address: { callSid: id } });
    const watching = new LineWatch({
      log: node.log,
      clock: fleet.clock,
      lists: [
        {
          provider: 'twilio',
          async *pages() {
            await Promise.resolve();
            yield up.map(lineOf);
          },
        },
      ],
      commands: { send: () => Promise.resolve(answer) },
      seats: () => node.node.seats,
      everyMs: EVERY_MS,
      endsMax,
      newId: () => 'watch-1',
      onAlarm: (code, data) => void alarms.push([code, data]),
    });
    onTestFinished(() => watching.close());
  }

  async function rounds(count: number): Promise<void> {
    await fleet.pass(count * EVERY_MS + 500);
    await quiet();
  }

  /** A call that was registered, closed, recorded and forgotten, with its line still up. */
  async function forgotten(callId: string, entry: Partial<LegEntry> = {}, record = closed): Promise<void> {
    const full = { callId, gateway: 'gw1', leg: 'carrier', ...entry };
    await node.log.bucket('legs').put(carrierKey(callId), Buffer.from(JSON.stringify(full)));
    const data = Buffer.from(JSON.stringify({ ...record, callId }));
    const headers = { [INCARNATION_HEADER]: '1' };
    await node.log.append('records', { subject: recordSubject(PREFIX, callId), data, headers });
    up.push(callId);
  }

  const found = (): unknown[] => fleet.stored('line.found').map((message) => message.subject.split('.')[4]);

  it('is left alone when it is found once, since calls begin and end meanwhile, and ended when found again', async () => {
    await forgotten('c1');
    watch();
    await rounds(1);
    expect([found(), alarms]).toEqual([[], []]);
    await rounds(1);
    expect(found()).toEqual(['c1']);
    expect(dataOf(fleet.stored('line.found')[0])).toMatchObject({
      leg: 'carrier',
      revival: { incarnation: 1 },
    });
    expect(alarms).toEqual([['carrier_call_alive', { callId: 'c1', provider: 'twilio', line: 'c1' }]]);
  });

  it.each<[string, Outcome]>([
    ['answers', { result: 'done' }],
    ['refuses', { result: 'refused', code: 'busy' }],
    ['answers something that cannot be read', { result: 'retry', code: 'unreadable' }],
  ])('is not ended while the gateway %s', async (_what, said) => {
    answer = said;
    await forgotten('c1');
    watch();
    await rounds(3);
    expect(found()).toEqual([]);
  });

  it('is ended when the gateway does not answer in time', async () => {
    answer = { result: 'retry', code: 'unanswered' };
    await forgotten('c1');
    watch();
    await rounds(2);
    expect(found()).toEqual(['c1']);
  });

  it('is not ended when its call is only observed, nor told of (rule R9)', async () => {
    await forgotten('c1', { mode: 'observe' });
    watch();
    await rounds(3);
    expect([found(), alarms]).toEqual([[], []]);
  });

  it('is not ended when its record says that it was handed on (invariant 24)', async () => {
    const { carrier } = closed['legs'] as { carrier: JsonObject };
    const legs = { carrier: { ...carrier, termination: 'not_ours' } };
    await forgotten('c1', {}, { ...closed, legs });
    watch();
    await rounds(3);
    expect(found()).toEqual([]);
  });

  it('is one of so many that a round ends no more than the fleet may (log rule 24)', async () => {
    for (const callId of ['c1', 'c2', 'c3']) await forgotten(callId);
    watch(2);
    await rounds(2);
    expect(found()).toHaveLength(2);
  });

  it('that the log never saw is told of once, and left alone', async () => {
    up.push('stranger');
    watch();
    await rounds(4);
    expect(found()).toEqual([]);
    expect(alarms).toEqual([['carrier_call_unknown', { provider: 'twilio', line: 'stranger' }]]);
  });
});
