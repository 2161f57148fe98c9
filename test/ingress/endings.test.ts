/** Endings that only a carrier tells, through a whole node on a real NATS server, and the façade's hangup. */
import { devNull } from 'node:os';
import { PassThrough } from 'node:stream';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNode } from '../../src/cli/serve/node.ts';
import type { RunningNode } from '../../src/cli/serve/node.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { CallRecord } from '../../src/contract/call-record.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { recordSubject } from '../../src/contract/subjects.ts';
import { connectGateway } from '../../src/gateway/index.ts';
import type { GatewayCall, GatewayClient } from '../../src/gateway/index.ts';
import { startNatsServer } from '../../src/testing/nats-server.ts';
import type { RunningNatsServer } from '../../src/testing/nats-server.ts';
import { startStubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import type { StubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import { STUB_TWILIO_ACCOUNT } from '../../src/testing/stub-twilio/account.ts';
import type { StubCallOptions } from '../../src/testing/stub-twilio/call.ts';
import { startStubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { eventually } from './eventually.ts';
import { postLiveKit, postStatus, STATUS_PATH } from './world.ts';

const { accountSid, authToken } = STUB_TWILIO_ACCOUNT;

let nats: RunningNatsServer;
let stubTwilio: StubTwilio;
let stubLiveKit: StubLiveKit;
let node: RunningNode;
let gateway: GatewayClient;
let calls = 0;

beforeAll(async () => {
  nats = await startNatsServer();
  stubTwilio = await startStubTwilio();
  stubLiveKit = await startStubLiveKit();
  const { config } = loadConfig({
    file: devNull,
    env: {
      ONHOOK_NATS_URL: nats.url,
      ONHOOK_ADMIN_PORT: '0',
      ONHOOK_INGRESS_PORT: '0',
      ONHOOK_INGRESS_HOST: '127.0.0.1',
      ONHOOK_TIMERS_SETTLE_MS: '0',
      TWILIO_ACCOUNT_SID: accountSid,
      TWILIO_AUTH_TOKEN: authToken,
      ONHOOK_TWILIO_BASE_URL: stubTwilio.url,
      LIVEKIT_URL: stubLiveKit.url,
      LIVEKIT_API_KEY: stubLiveKit.apiKey,
      LIVEKIT_API_SECRET: stubLiveKit.apiSecret,
    },
  });
  const logger = await createLogger({
    level: 'error',
    clock: systemClock,
    secrets: [],
    output: new PassThrough(),
  });
  node = await startNode({ config, clock: systemClock, logger });
  gateway = await connectGateway({ servers: nats.url, gateway: 'gw1', clock: systemClock });
});
afterAll(async () => {
  await gateway?.close({ timeoutMs: 500 });
  await node?.close();
  await stubLiveKit?.close();
  await stubTwilio?.close();
  await nats?.stop();
});

interface Call {
  readonly sid: string;
  readonly gateway: GatewayCall;
  /** Names of the marks that the gateway was told to send. */
  readonly marks: readonly string[];
}

/** A call that reports to the edge, as Twilio was told to. Marks are echoed when the test says so. */
function startCall(stub: Partial<StubCallOptions> = {}, started: JsonObject = {}): Call {
  const sid = `CA${String((calls += 1)).padStart(32, '0')}`;
  stubTwilio.addCall({
    sid,
    statusCallback: `${node.ingressUrl}${STATUS_PATH}`,
    statusCallbackEvents: ['initiated', 'ringing', 'answered', 'completed'],
    ...stub,
  });
  const marks: string[] = [];
  const call = gateway.call(sid, {
    handlers: { close: () => ({}), mark: ({ name }) => void marks.push(name) },
  });
  call.publish('call.started', { provider: 'twilio', legs: { carrier: { callSid: sid } }, ...started });
  return { sid, gateway: call, marks };
}

const open = (callId: string) => eventually(`call ${callId}`, () => node.view.call(callId));

async function recordOf(callId: string): Promise<CallRecord> {
  return eventually(`the record of ${callId}`, async () => {
    const stored = await node.log.last('records', recordSubject('onhook.v1', callId));
    return stored && (JSON.parse(new TextDecoder().decode(stored.data)) as CallRecord);
  });
}

const hangups = (sid: string) => stubTwilio.requests().filter(({ callSid }) => callSid === sid);

describe('an ending that the carrier tells by webhook', () => {
  it('closes a call whose caller hung up, without a request of ours (rows 21, 26)', async () => {
    const { sid } = startCall();
    await open(sid);
    stubTwilio.setStatus(sid, 'completed');
    expect(await recordOf(sid)).toMatchObject({
      endedBy: 'caller',
      endReason: 'caller_hangup',
      endedByBasis: 'inferred',
      farewell: 'none_needed',
      legs: { carrier: { termination: 'confirmed_by_event' } },
    });
    expect(hangups(sid)).toEqual([]);
  });

  it.each([
    ['no-answer', 'no_answer'],
    ['busy', 'busy'],
    ['failed', 'dial_failed'],
  ] as const)('closes an outbound call that ended with %s (row 40)', async (status, endReason) => {
    const { sid } = startCall({ status: 'queued', direction: 'outbound-api' }, { direction: 'outbound' });
    await open(sid);
    stubTwilio.setStatus(sid, 'ringing');
    stubTwilio.setStatus(sid, status);
    expect(await recordOf(sid)).toMatchObject({
      endedBy: 'carrier',
      endReason,
      legs: { carrier: { termination: 'confirmed_by_event' } },
    });
  });

  it('closes a call whose room is over (row 54)', async () => {
    const room = stubLiveKit.addRoom({ name: 'support 54', participants: [{ identity: 'ann' }] });
    gateway.call('room-54', { handlers: { close: () => ({}) } }).publish('call.started', {
      provider: 'livekit',
      legs: { room: { name: room.name } },
    });
    await open('room-54');
    const event = { event: 'room_finished', id: 'EV_54', room: { name: room.name, sid: room.sid } };
    expect((await postLiveKit(node.ingressUrl, event)).status).toBe(200);
    expect(await recordOf('room-54')).toMatchObject({
      endedBy: 'system',
      endReason: 'unknown',
      legs: { room: { termination: 'confirmed_by_event' } },
    });
  });

  it('is held until the call has started (log rule 23)', async () => {
    const sid = 'CAfasterThanItsStart';
    const form = { CallSid: sid, AccountSid: accountSid, CallStatus: 'completed', SequenceNumber: '0' };
    const told = postStatus(node.ingressUrl, form, { token: authToken, publicUrl: node.ingressUrl });
    gateway
      .call(sid, { handlers: { close: () => ({}) } })
      .publish('call.started', { provider: 'twilio', legs: { carrier: { callSid: sid } } });
    expect((await told).status).toBe(204);
    expect(await recordOf(sid)).toMatchObject({ endReason: 'caller_hangup' });
  });

  it('is not believed when it is forged (field rule 61)', async () => {
    const { sid } = startCall();
    await open(sid);
    const form = { CallSid: sid, AccountSid: accountSid, CallStatus: 'completed' };
    expect((await postStatus(node.ingressUrl, form, { token: 'guess' })).status).toBe(403);
    const said = await node.log.ofCall(sid);
    expect(said.filter(({ subject }) => subject.includes('_ingress'))).toEqual([]);
    expect(node.view.call(sid)?.state).toBe('active');
    stubTwilio.setStatus(sid, 'completed');
    await recordOf(sid);
  });
});

describe('the Twilio-compatible hangup', () => {
  /** The official SDK, with only the host replaced. */
  function client(token = authToken): ReturnType<typeof twilio> {
    const httpClient = new twilio.RequestClient();
    const send = httpClient.request.bind(httpClient);
    httpClient.request = (options) =>
      send({
        ...options,
        uri: options.uri.replace('https://api.twilio.com', node.ingressUrl),
      });
    return twilio(accountSid, token, { httpClient });
  }

  it('lets the farewell play out, then answers as Twilio does', async () => {
    const { sid, gateway: call, marks } = startCall();
    await open(sid);
    const asked = client().calls(sid).update({ status: 'completed' });
    await eventually('draining', () => node.view.call(sid)?.state === 'draining');
    expect(stubTwilio.calls.get(sid)?.status).toBe('in-progress');
    const name = await eventually('the mark', () => marks.at(-1));
    call.publish('mark.echoed', { name });
    expect(await asked).toMatchObject({ sid, accountSid, status: 'completed' });
    expect(stubTwilio.calls.get(sid)?.status).toBe('completed');
    expect(await recordOf(sid)).toMatchObject({ endedBy: 'agent', farewell: 'confirmed' });
  });

  it('hands on what onhook does not know: other calls, other paths, other updates', async () => {
    stubTwilio.addCall({ sid: 'CAforeign' });
    expect(await client().calls('CAforeign').update({ status: 'completed' })).toMatchObject({
      status: 'completed',
    });
    expect(stubTwilio.calls.get('CAforeign')?.status).toBe('completed');
    expect(await client().calls('CAforeign').fetch()).toMatchObject({ status: 'completed' });
    await expect(client().calls('CAnobody').fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it('hands on the hangup of a call that is only observed', async () => {
    const { sid } = startCall({}, { policy: { mode: 'observe' } });
    await open(sid);
    expect(await client().calls(sid).update({ status: 'completed' })).toMatchObject({ status: 'completed' });
    expect(hangups(sid).map(({ method }) => method)).toEqual(['POST']);
    const seen = await eventually('the end', () => {
      const detail = node.view.call(sid);
      return detail?.state === 'terminating' && detail;
    });
    expect(seen).toMatchObject({ legs: { carrier: { termination: 'confirmed_by_event' } } });
  });

  it('is refused without the credentials of a configured account', async () => {
    const { sid } = startCall();
    await open(sid);
    await expect(client('guess').calls(sid).update({ status: 'completed' })).rejects.toMatchObject({
      status: 401,
    });
    const path = `${node.ingressUrl}/2010-04-01/Accounts/${accountSid}/Calls/${sid}.json`;
    const bare = await fetch(path, { method: 'POST', body: new URLSearchParams({ Status: 'completed' }) });
    expect(bare.status).toBe(401);
    expect(hangups(sid)).toEqual([]);
    expect(node.view.call(sid)?.state).toBe('active');
    stubTwilio.setStatus(sid, 'completed');
    await recordOf(sid);
  });
});
