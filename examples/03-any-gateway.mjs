/**
 * A gateway that is no Twilio stream: an agent in a room, over the generic client. It has no playback
 * marks, so it echoes one when its own playout is done.
 *
 *     node examples/03-any-gateway.mjs
 */
import { setTimeout as pause } from 'node:timers/promises';
import { connectGateway } from 'onhook/gateway';
import { example, show } from './playground.mjs';

await example(async ({ natsUrl, liveKit, recordOf }) => {
  const client = await connectGateway({
    servers: natsUrl,
    gateway: 'rooms',
    onProblem: ({ code, callId }) => console.error(code, callId ?? ''),
  });

  // A room's name may come again; with a job's id it does not.
  const room = liveKit.addRoom({ name: 'survey-2093' });
  let playedUntil = 0;
  const call = client.call(`${room.name}-AJ_4fK`, {
    handlers: {
      mark: async ({ name }) => {
        void pause(Math.max(0, playedUntil - Date.now())).then(() => call.publish('mark.echoed', { name }));
      },
      close: () => {
        console.log('onhook closes the session');
        call.close();
      },
    },
  });
  call.publish('call.started', {
    provider: 'livekit',
    legs: { room: { name: room.name } },
    capabilities: { clear: false },
  });

  console.log('the agent says goodbye for half a second, and asks for the end');
  playedUntil = Date.now() + 500;
  call.publish('end.requested', { by: 'agent', reason: 'survey done', farewell: 'spoken' });

  show(await recordOf(call.callId));
  console.log(`the room is ${liveKit.rooms.has(room.name) ? 'still there' : 'gone'}`);
  await client.close();
});
