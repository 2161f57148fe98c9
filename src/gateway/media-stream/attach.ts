/**
 * Puts onhook beside a Twilio Media Streams socket. It listens next to the gateway's own code,
 * publishes what the stream says, and obeys the commands; audio is never looked at.
 */
import type { GatewayCall } from '../call.ts';
import type { GatewayClient } from '../client.ts';
import type { CommandHandlers, Commands } from '../command-desk.ts';
import type { CallDetails } from '../events.ts';
import { MediaStreamSession } from './session.ts';
import type { MediaStream } from './media-stream.ts';
import type { MediaStreamStart } from './messages.ts';
import type { MediaSocket } from './socket.ts';

export interface MediaStreamOptions {
  readonly client: GatewayClient;
  /** Adds to `call.started`: policy, state, direction, numbers. Runs once, on Twilio's `start`. */
  readonly describe?: (start: MediaStreamStart) => CallDetails;
  /** Runs once, after `call.started` was accepted. */
  readonly onStart?: (stream: MediaStream, start: MediaStreamStart) => void;
  /**
   * Resolves when the last frame of each utterance already accepted has been given to `sendAudio`;
   * only then the farewell mark is sent. Leave it out when audio is sent as soon as it exists.
   */
  readonly beforeMark?: () => Promise<void>;
  /** Asks the model for a goodbye. Its presence declares the capability `farewell`. */
  readonly onCommandFarewell?: (command: Commands['farewell'], stream: MediaStream) => void | Promise<void>;
  /** Speaks this text. Its presence declares the capability `say`. */
  readonly onCommandSay?: (command: Commands['say'], stream: MediaStream) => void | Promise<void>;
  /** Tells the model that the call goes on. Its presence declares the capability `endCancelled`. */
  readonly onEndCancelled?: (command: Commands['end-cancelled'], stream: MediaStream) => void | Promise<void>;
  /** What onhook says back to an end request: the tool's answer. */
  readonly notices?: Pick<CommandHandlers, 'end-accepted' | 'end-refused' | 'call-refused'>;
  /** The gateway publishes `farewell.started` and `farewell.finished`. Default false. */
  readonly farewellEvents?: boolean;
  /** Runs once, when onhook ends the session; the socket is closed after it. */
  readonly onClose?: (reason: string | undefined) => void;
  /** Default: the CallSid, which is never reused. */
  readonly callId?: (start: MediaStreamStart) => string;
}

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
  const call = options.client.call(callId, { handlers });
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
      endCancelled: options.onEndCancelled !== undefined,
      ...details.capabilities,
    },
  });
  call.publish('stream.started');
  return call;
}
