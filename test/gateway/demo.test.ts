/** The demo's calls, ended by the shortest orchestrator there can be: every story is told as planned. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGatewayCommands } from '../../src/carriers/gateway/gateway-commands.ts';
import { startDemo } from '../../src/cli/demo/demo.ts';
import type { Demo } from '../../src/cli/demo/demo.ts';
import type { Clock } from '../../src/clock/clock.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { startStubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import type { StubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';
import { startLogServer } from './world.ts';
import type { LogServer } from './world.ts';

const SPEED = 20;

/** The real clock, in a hurry. */
const fastClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * SPEED,
  after: (delayMs, run) => systemClock.after(delayMs / SPEED, run),
};

let log: LogServer;
let stubTwilio: StubTwilio;
let demo: Demo;

beforeEach(async () => {
  log = await startLogServer();
  stubTwilio = await startStubTwilio();
  demo = await startDemo({ natsUrl: log.server.url, stubTwilio, clock: fastClock });
});
afterEach(async () => {
  await demo.close();
  await stubTwilio.close();
  await log.stop();
});

/** Mark when the goodbye is complete, hang up when it was heard or the drain time is over. */
async function endCalls(): Promise<void> {
  const commands = createGatewayCommands({
    connection: log.connection,
    clock: systemClock,
    prefix: 'onhook.v1',
  });
  let seq = 0;
  const send = (callId: string, verb: string, body: Record<string, string>): void => {
    seq += 1;
    const options = { timeoutMs: 5_000 };
    void commands.send(
      { gateway: 'demo', callId, verb },
      { effectId: `e${seq}`, era: 0, seq, ...body },
      options,
    );
  };
  const hangUp = (callId: string): void => {
    stubTwilio.setStatus(callId, 'completed');
    send(callId, 'close', { reason: 'call ended' });
  };
  log.connection.subscribe('onhook.v1.evt.demo.>', {
    callback: (_error, message) => {
      const callId = message.subject.split('.')[4] ?? '';
      const type = message.subject.split('.').slice(5).join('.');
      const spoken = type === 'end.requested' && message.json<{ farewell?: string }>().farewell === 'spoken';
      if (spoken || type === 'farewell.finished') send(callId, 'mark', { name: `farewell-${callId}` });
      if (spoken) fastClock.after(8_000, () => hangUp(callId));
      if (type === 'mark.echoed') hangUp(callId);
    },
  });
  await log.connection.flush();
}

describe('the demo', () => {
  it('announces six calls, and plays each to its end', async () => {
    await endCalls();
    expect(demo.calls.map(({ title }) => title)).toEqual([
      'Goodbye is heard, then the line goes down',
      'Caller hangs up during the goodbye',
      'The playback mark never comes back',
      'Twilio answers 500, then hangs up',
      'LiveKit room is already gone',
      'The CRM is down after the call',
    ]);
    await demo.run();
    const told = await Promise.all(
      demo.calls.map(async ({ callId }) => (await log.events(callId)).map(({ type }) => type)),
    );
    const ofCall = (index: number): string[] => told[index] ?? [];
    for (const types of told) {
      expect(types[0]).toBe('call.started');
      expect(types.filter((type) => type === 'end.requested')).toHaveLength(1);
      expect(types).toContain('transcript.appended');
      expect(types).toContain('state.patched');
    }
    expect(ofCall(0)).toContain('mark.echoed');
    expect(ofCall(1)).not.toContain('mark.echoed');
    expect(ofCall(2)).not.toContain('mark.echoed');
    expect(ofCall(2)).not.toContain('farewell.started');
    expect(ofCall(4)).toContain('mark.echoed');
    expect(ofCall(4)).not.toContain('stream.started');
    for (const { callId, provider } of demo.calls) {
      expect(stubTwilio.calls.get(callId)?.status).toBe(provider === 'twilio' ? 'completed' : undefined);
    }
  });

  it('lets Twilio fail once where the story says so', async () => {
    await endCalls();
    await demo.run();
    const { callId } = demo.calls[3] ?? { callId: '' };
    const { accountSid, authToken } = stubTwilio.accounts[0] ?? { accountSid: '', authToken: '' };
    const answer = await fetch(`${stubTwilio.url}/2010-04-01/Accounts/${accountSid}/Calls/${callId}.json`, {
      headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
    });
    expect(answer.status).toBe(500);
  });

  it('stops at once when it is closed in the middle', async () => {
    const running = demo.run();
    await demo.close();
    await running;
  });
});
