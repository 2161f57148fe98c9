/** `--inspect`: what the receiver of `@statelyai/inspect` gets of live calls. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import type { StatelyInspectionEvent } from '@statelyai/inspect';
import { openInspector } from '../../../src/cli/inspect/inspector.ts';
import { systemClock } from '../../../src/clock/system-clock.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { startNodeWorld } from '../node-world.ts';
import type { NodeWorld } from '../node-world.ts';
import { runCli } from '../run-cli.ts';
import { HOSTILE, hostileCall, hostileMessage } from './hostile.ts';
import { startRelay } from './relay.ts';

const SID = 'CA00000000000000000000000000000077';

let world: NodeWorld;
beforeAll(async () => {
  world = await startNodeWorld();
});
afterAll(() => world.stop());

type Snapshot = Extract<StatelyInspectionEvent, { type: '@xstate.snapshot' }>['snapshot'] & {
  readonly value?: unknown;
};

function snapshotsOf(seen: readonly StatelyInspectionEvent[], session: string): Snapshot[] {
  return seen.flatMap((event) =>
    event.type === '@xstate.snapshot' && event.sessionId === session ? [event.snapshot as Snapshot] : [],
  );
}

function moduleOf(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

function opened(url: string) {
  const silent = { level: 'silent', clock: systemClock, secrets: [], output: process.stderr } as const;
  return createLogger(silent).then((logger) => openInspector({ url, clock: systemClock, logger }));
}

describe('onhook serve --inspect', () => {
  it('streams a whole call, and nothing that was said or learned in it (invariant 22)', async () => {
    const relay = await startRelay();
    const node = await world.serve({}, ['--inspect', relay.url]);
    const call = world.startCall(SID);
    call.publish('state.patched', { patch: { note: HOSTILE[0], deep: [{ key: HOSTILE[2] }] } });
    call.publish('transcript.appended', { role: 'user', text: `I am ${HOSTILE[3]}, ${HOSTILE[1]}` });
    call.publish('caller.spoke', { text: HOSTILE[0], final: true });
    call.publish('end.requested', { farewell: 'none', reason: HOSTILE[1] });
    await world.until('the end of the call', () =>
      snapshotsOf(relay.seen, SID).some(({ status }) => status === 'done'),
    );
    const text = JSON.stringify(relay.seen);
    for (const planted of [...HOSTILE, world.stubTwilio.accounts[0]?.authToken]) {
      expect(text).not.toContain(planted);
    }
    const types = relay.seen.flatMap((event) => (event.type === '@xstate.event' ? [event.event.type] : []));
    expect(types).toEqual(expect.arrayContaining(['call.started', 'end.requested', 'effect.settled']));
    const registered = relay.seen.find((event) => event.type === '@xstate.actor' && event.sessionId === SID);
    expect(registered).toMatchObject({ rootId: SID, name: SID });
    // The page draws each state in the chart that came with the call.
    const chart = createMachine(JSON.parse((registered as { definition: string }).definition) as object);
    const values = snapshotsOf(relay.seen, SID).map(({ value }) => value as string);
    for (const value of values) chart.resolveState({ value });
    expect(values.map((value) => (typeof value === 'string' ? value : Object.keys(value)[0]))).toEqual(
      expect.arrayContaining(['active', 'terminating', 'post-processing', 'closed']),
    );
    node.running.child.kill('SIGTERM');
    expect(await node.running.ended).toBe(0);
    await relay.close();
  });

  it('refuses what is no WebSocket address, with 2', async () => {
    const { code, stderr } = await runCli(['serve', '--inspect', 'http://localhost:8080']);
    expect(code).toBe(2);
    expect(stderr).toContain('ws://localhost:8080');
  });
});

describe('onhook serve --inspect without the package', () => {
  it('says what to install, and starts nothing', async () => {
    const absent = `export function resolve(name, context, next) {
      if (name === '@statelyai/inspect') throw new Error('absent');
      return next(name, context);
    }`;
    const hook = `import { register } from 'node:module'; register(${JSON.stringify(moduleOf(absent))});`;
    const { code, stdout, stderr } = await runCli(['serve', '--inspect'], {
      NODE_OPTIONS: `--import=${moduleOf(hook)}`,
      ONHOOK_NATS_URL: world.server.url,
      ONHOOK_ADMIN_PORT: '0',
      ONHOOK_INGRESS_PORT: '0',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('npm install @statelyai/inspect');
  });
});

describe('a call in the inspector', () => {
  it('is registered again with its present state when the inspector comes back', async () => {
    const first = await startRelay();
    const inspector = await opened(first.url);
    const view = { call: hostileCall };
    try {
      await world.until('the senders', () => first.seen.length > 0);
      inspector.onInput('applied', hostileMessage('call.started', {}, 'sip_15550103377'), view);
      inspector.onInput('duplicate', hostileMessage('caller.spoke', {}, 'sip_15550103377'), view);
      inspector.onInput('applied', hostileMessage('call.started', {}, 'sip_15550109977'), view);
      await world.until('two calls', () => snapshotsOf(first.seen, 'sip_…77#2').length === 1);
      expect(snapshotsOf(first.seen, 'sip_…77#1')).toHaveLength(1);
      await first.close();
      const second = await startRelay(first.port);
      await world.until('both again', () => second.seen.length >= 6);
      const names = second.seen.map((event) => `${event.type} ${event.sessionId}`);
      expect(names).toEqual(
        expect.arrayContaining([
          '@xstate.actor sip_…77#1',
          '@xstate.actor sip_…77#2',
          '@xstate.actor (onhook)',
        ]),
      );
      expect(JSON.stringify([first.seen, second.seen])).not.toMatch(/555|planted|4111|acme/i);
      await inspector.close();
      await second.close();
    } finally {
      await inspector.close();
    }
  });

  it('is left out while a hundred others are shown, and has room once one of them is gone', async () => {
    const relay = await startRelay();
    const inspector = await opened(relay.url);
    try {
      await world.until('the senders', () => relay.seen.length > 0);
      const gone = new Set<string>();
      const view = { call: (callId: string) => (gone.has(callId) ? undefined : hostileCall(callId)) };
      const start = (callId: string) =>
        inspector.onInput('applied', hostileMessage('call.started', {}, callId), view);
      for (let number = 1; number <= 101; number += 1) start(`c${number}`);
      // As when another node has its partition now: nothing more is heard of it.
      gone.add('c1');
      start('c102');
      await world.until('the last', () => snapshotsOf(relay.seen, 'c102').length === 1);
      expect(snapshotsOf(relay.seen, 'c100')).toHaveLength(1);
      expect(snapshotsOf(relay.seen, 'c101')).toEqual([]);
    } finally {
      await inspector.close();
      await relay.close();
    }
  });

  it('ends when the call is gone, and keeps no memory of it', async () => {
    const relay = await startRelay();
    const inspector = await opened(relay.url);
    try {
      await world.until('the senders', () => relay.seen.length > 0);
      const gone = { call: () => undefined };
      inspector.onInput('applied', hostileMessage('call.started', {}, 'CA1'), { call: hostileCall });
      inspector.onInput('applied', hostileMessage('effect.settled', {}, 'CA1'), gone);
      inspector.onInput('applied', hostileMessage('caller.left', {}, 'CA1'), gone);
      inspector.onInput('applied', hostileMessage('call.started', {}, 'CA2'), { call: hostileCall });
      await world.until('the next call', () => snapshotsOf(relay.seen, 'CA2').length === 1);
      expect(snapshotsOf(relay.seen, 'CA1').map(({ status }) => status)).toEqual(['active', 'done']);
    } finally {
      await inspector.close();
      await relay.close();
    }
  });
});
