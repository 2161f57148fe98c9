/** Lines that carriers say are up, on a real node: found, ended or left alone (invariant 34). */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordSubject } from '../../src/contract/subjects.ts';
import { carrierKey } from '../../src/contract/leg-entry.ts';
import type { StoredMessage } from '../../src/log/log.ts';
import { connectLog } from '../../src/log/nats/index.ts';
import type { NatsLog } from '../../src/log/nats/index.ts';
import { startStubServer } from '../../src/testing/stub-server/stub-server.ts';
import { natsOptions } from '../log/nats-under-test.ts';
import { startNodeWorld } from './node-world.ts';
import type { NodeWorld, ServingNode } from './node-world.ts';

const sid = (letter: string): string => `CA${letter.repeat(32)}`;
const [CLOSED, LOST, ANSWERED, STRANGE, RUNNING] = ['a', 'b', 'c', 'd', 'e'].map(sid) as [
  string,
  string,
  string,
  string,
  string,
];

let world: NodeWorld;
let log: NatsLog;
beforeEach(async () => {
  world = await startNodeWorld();
  log = await connectLog(natsOptions(world.server.url));
});
afterEach(async () => {
  await log.close();
  await world.stop();
});

interface Stats {
  readonly alarms: readonly { readonly code: string; readonly data: { readonly line?: string } }[];
}

async function alarmed(node: ServingNode): Promise<string[]> {
  const { alarms } = (await (await fetch(`${node.admin}/api/stats`)).json()) as Stats;
  return alarms.flatMap(({ code, data }) =>
    data.line === undefined ? [] : [`${code} ${data.line[2] ?? ''}`],
  );
}

/** What is left when the log forgot a call: its leg is registered, and nothing else. */
function register(callId: string): Promise<number> {
  const entry = { callId, gateway: 'gw1', leg: 'carrier' };
  return log.bucket('legs').put(carrierKey(callId), Buffer.from(JSON.stringify(entry)));
}

const recordOf = (call: string): Promise<StoredMessage | undefined> =>
  log.last('records', recordSubject('onhook.v1', call));

const statusOf = (call: string): string | undefined => world.stubTwilio.calls.get(call)?.status;

it('a line without its call is ended unless its gateway answers; a strange one is alarmed about', async () => {
  const node = await world.serve({ ONHOOK_RECONCILE_MS: '300' });
  const calls = [CLOSED, ANSWERED].map((id) => world.startCall(id));
  for (const call of calls) call.publish('end.requested', { farewell: 'none' });
  const record = await world.until('the record', () => recordOf(CLOSED));
  await world.until('the other record', () => recordOf(ANSWERED));
  // Twilio said that they had ended, and was wrong. One gateway still has its call in hand.
  calls[0]?.close({ graceMs: 0 });
  for (const id of [CLOSED, ANSWERED, LOST, STRANGE]) world.stubTwilio.addCall({ sid: id });
  await register(LOST);
  world.startCall(RUNNING);

  await world.until('both ends', () => [CLOSED, LOST].every((call) => statusOf(call) === 'completed'));
  const seen = await world.until('the alarms', async () => {
    const codes = await alarmed(node);
    return codes.length >= 4 && codes.toSorted();
  });
  expect(seen).toEqual([
    'carrier_call_alive a',
    'carrier_call_alive b',
    'carrier_call_alive c',
    'carrier_call_unknown d',
  ]);
  expect([STRANGE, RUNNING, ANSWERED].map(statusOf)).toEqual(['in-progress', 'in-progress', 'in-progress']);

  const amended = await world.until('the next version', async () => {
    const last = await recordOf(CLOSED);
    return last !== undefined && last.seq > record.seq && last;
  });
  const told = JSON.parse(new TextDecoder().decode(amended.data)) as object;
  expect(told).toMatchObject({
    recordVersion: 2,
    legs: { carrier: { termination: 'confirmed_by_response' } },
  });
  const made = await world.until('a record of the lost call', () => recordOf(LOST));
  expect(JSON.parse(new TextDecoder().decode(made.data))).toMatchObject({
    recordVersion: 1,
    endReason: 'gateway_lost',
    legs: { carrier: { termination: 'confirmed_by_response' } },
  });
}, 60_000);

it('a forgotten line of another carrier is found in its list and ended in its account', async () => {
  const live = new Set(['plivo-lost', 'plivo-strange']);
  const deleted: string[] = [];
  let refusals = 2;
  const plivo = await startStubServer(0, ({ method, url }) => {
    const call = url.split('/')[5] ?? '';
    // At first the key may not list.
    if (url.endsWith('/Call/?status=live') && refusals-- > 0) return { status: 403, body: { api_id: 'a' } };
    if (url.endsWith('/Call/?status=live')) return { status: 200, body: { api_id: 'a', calls: [...live] } };
    if (!live.has(call)) return { status: 404, body: { api_id: 'a', error: 'not found' } };
    if (method === 'GET') return { status: 200, body: { api_id: 'a', call_status: 'in-progress' } };
    deleted.push(url);
    live.delete(call);
    return { status: 204, body: '' };
  });
  try {
    const node = await world.serve({
      ONHOOK_RECONCILE_MS: '300',
      PLIVO_AUTH_ID: 'MA1',
      PLIVO_AUTH_TOKEN: 'token',
      ONHOOK_PLIVO_BASE_URL: plivo.url,
    });
    const entry = { callId: 'forgotten', gateway: 'gw1', leg: 'carrier', account: { authId: 'MA1' } };
    await log.bucket('legs').put(carrierKey('plivo-lost'), Buffer.from(JSON.stringify(entry)));
    await world.until('the end', () => !live.has('plivo-lost'));
    expect(deleted).toEqual(['/v1/Account/MA1/Call/plivo-lost/']);
    await world.until('the alarm', async () => (await alarmed(node)).includes('carrier_call_unknown i'));
    expect([...live]).toEqual(['plivo-strange']);
    const { alarms } = (await (await fetch(`${node.admin}/api/stats`)).json()) as Stats;
    const refused = alarms.filter(({ code }) => code === 'carrier_list_refused');
    expect(refused).toMatchObject([{ data: { provider: 'plivo', code: 'http_403' } }]);
  } finally {
    await plivo.close();
  }
}, 60_000);
