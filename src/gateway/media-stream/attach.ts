/**
 * Puts onhook beside a Twilio Media Streams socket. It listens next to the gateway's own code,
 * publishes what the stream says, and obeys the commands; audio is never looked at.
 */
import type { GatewayCall } from '../call.ts';
import type { CommandHandlers } from '../command-desk.ts';
import type { MediaStream } from './media-stream.ts';
import type { MediaStreamStart } from './messages.ts';
import type { MediaStreamOptions } from './options.ts';
import { MediaStreamSession } from './session.ts';
import type { MediaSocket } from './socket.ts';

/**
 * Attaches at once and never throws; garbage on the socket is counted and ignored. Call it once per
 * socket, before Twilio's `start` frame can arrive.
 */
export function attachTwilioMediaStream(socket: MediaSocket, options: MediaStreamOptions): MediaStream {
  return new MediaStreamSession(socket, options, openCall).listen();
}

function openCall(
  options: MediaStreamOptions,
  start: MediaStreamStart,
  handlers: CommandHandlers,
): GatewayCall {
  const callId = options.callId?.(start) ?? start.callSid;
  const call = options.client.call(callId, {
    handlers,
    traceparent: options.traceparent?.(start),
    ...(options.endCall === undefined ? {} : { endCall: options.endCall }),
  });
  const details = options.describe?.(start) ?? {};
  call.publish('call.started', {
    ...details,
    provider: 'twilio',
    legs: { carrier: { callSid: start.callSid, accountSid: start.accountSid } },
    capabilities: {
      marks: true,
      clear: true,
      say: options.onCommandSay !== undefined,
      farewell: options.onCommandFarewell !== undefined,
      farewellEvents: options.farewellEvents ?? false,
      endCancelled: options.onEndCancelled !== undefined || options.endCall?.tellsCancelled === true,
      ...details.capabilities,
    },
  });
  call.publish('stream.started');
  return call;
}
