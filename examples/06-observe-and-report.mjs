/**
 * The first day: onhook only watches a gateway that hangs up itself. One call ends well, one goodbye is
 * cut by the gateway's own timer, one line is forgotten. `onhook report` says so.
 *
 *     node examples/06-observe-and-report.mjs
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { connectGateway } from 'onhook/gateway';
import { example, MAIN } from './playground.mjs';

/** So that the example takes seconds; in your system the defaults are right. */
const env = {
  ONHOOK_MODE: 'observe',
  ONHOOK_TIMERS_TERMINATE_MS: '200',
  ONHOOK_TIMERS_PLAYOUT_GRACE_MS: '100',
};

await example(
  async ({ natsUrl, ingress, twilio, recordOf }) => {
    const client = await connectGateway({ servers: natsUrl, gateway: 'front-desk' });
    const statusCallback = `${ingress}/webhooks/twilio/status`;

    /** Your gateway as it is, with a line more wherever it knows something. */
    async function call(sid, { goodbyeMs, hangUpAfterMs, lineDownAfterMs }) {
      twilio.addCall({ sid, statusCallback });
      const told = client.call(sid);
      told.publish('call.started', {
        provider: 'twilio',
        legs: { carrier: { callSid: sid } },
        capabilities: { farewellEvents: true },
      });
      told.publish('end.requested', { reason: 'conversation_complete' });
      told.publish('farewell.started', { utteranceId: 'bye', expectedMs: goodbyeMs });
      await pause(hangUpAfterMs);
      told.publish('call.ended', { by: 'agent' });
      // It asked Twilio to hang up, or believes so; Twilio reports when the line is down.
      await pause(lineDownAfterMs - hangUpAfterMs);
      twilio.setStatus(sid, 'completed');
      return recordOf(sid);
    }

    const sid = (letter) => `CA${letter.repeat(32)}`;
    await Promise.all([
      call(sid('a'), { goodbyeMs: 300, hangUpAfterMs: 350, lineDownAfterMs: 360 }),
      call(sid('b'), { goodbyeMs: 60_000, hangUpAfterMs: 400, lineDownAfterMs: 410 }),
      call(sid('c'), { goodbyeMs: 300, hangUpAfterMs: 350, lineDownAfterMs: 3_500 }),
    ]);

    const args = [MAIN, 'report', '--nats-url', natsUrl, '--since', '1h', '--zombie-ms', '2000'];
    process.stdout.write(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout);
    await client.close();
  },
  { env },
);
