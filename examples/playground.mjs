/**
 * What stands around each example: a NATS server, doubles of Twilio and LiveKit that speak the real
 * protocols on loopback, and one `onhook serve`. In your system these are the real ones; an example's
 * own file shows only what you would write.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startMediaCarrier, startNatsServer, startStubLiveKit, startStubTwilio } from 'onhook/testing';

export const MAIN = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));

/** Longer than any example's call. */
const WAIT_MAX_MS = 30_000;

/** Each is closed by `close`, also after a failure. `env` goes to `onhook serve`. */
export async function openPlayground({ env = {} } = {}) {
  const nats = await startNatsServer();
  const twilio = await startStubTwilio();
  const liveKit = await startStubLiveKit();
  const carrier = startMediaCarrier({ stubTwilio: twilio });
  const [account] = twilio.accounts;
  const onhook = spawn(process.execPath, [MAIN, 'serve', '--json'], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      ONHOOK_NATS_URL: nats.url,
      ONHOOK_ADMIN_PORT: '0',
      ONHOOK_INGRESS_PORT: '0',
      ONHOOK_LOG_LEVEL: 'error',
      TWILIO_ACCOUNT_SID: account.accountSid,
      TWILIO_AUTH_TOKEN: account.authToken,
      ONHOOK_TWILIO_BASE_URL: twilio.url,
      LIVEKIT_URL: liveKit.url,
      LIVEKIT_API_KEY: liveKit.apiKey,
      LIVEKIT_API_SECRET: liveKit.apiSecret,
      ...env,
    },
  });
  const [ready] = await once(createInterface({ input: onhook.stdout }), 'line');
  const { admin, ingress } = JSON.parse(ready);
  const callOf = async (callId) => (await fetch(`${admin}/api/calls/${callId}`)).json();
  let calls = 0;

  return {
    natsUrl: nats.url,
    admin,
    ingress,
    twilio,
    liveKit,
    /** A caller dials in: Twilio knows the call and opens its media stream to your gateway. */
    async dial(url) {
      calls += 1;
      const callSid = `CA${String(calls).padStart(32, '0')}`;
      twilio.addCall({ sid: callSid });
      return carrier.dial({ url, callSid });
    },
    /** Until onhook has heard of the call. */
    known: (callId) => until(`${callId} is known`, async () => (await callOf(callId)).state),
    /** The call's record, once the call is closed. */
    recordOf: (callId) =>
      until(`${callId} is closed`, async () => {
        const { state, record } = await callOf(callId);
        return state === 'closed' && record;
      }),
    async close() {
      await carrier.close();
      onhook.kill('SIGTERM');
      if (onhook.exitCode === null) await once(onhook, 'exit');
      await Promise.all([twilio.close(), liveKit.close()]);
      await nats.stop();
    },
  };
}

async function until(what, look) {
  for (let waitedMs = 0; waitedMs < WAIT_MAX_MS; waitedMs += 50) {
    const found = await look();
    if (found) return found;
    await pause(50);
  }
  throw new Error(`waited ${WAIT_MAX_MS} ms in vain: ${what}`);
}

/** Runs an example in a playground and leaves nothing behind. */
export async function example(run, options) {
  const playground = await openPlayground(options);
  try {
    await run(playground);
  } finally {
    await playground.close();
  }
}

/** What the record says, on a few lines. */
export function show(record) {
  const legs = Object.entries(record.legs).map(([key, { termination }]) => `${key} ${termination}`);
  console.log(`ended by ${record.endedBy} (${record.endReason}), farewell ${record.farewell}`);
  console.log(`legs: ${legs.join(', ')}`);
}
