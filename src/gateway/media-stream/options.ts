/** What a gateway may add when it attaches onhook to a media stream: details, and what its agent can do. */
import type { GatewayClient } from '../client.ts';
import type { CommandHandlers, Commands } from '../command-desk.ts';
import type { EndCallTool } from '../end-call/tool.ts';
import type { CallDetails } from '../events.ts';
import type { MediaStream } from './media-stream.ts';
import type { MediaStreamStart } from './messages.ts';

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
  /** The tool by which the model ends this call. It answers the model; `notices` hears onhook's words too. */
  readonly endCall?: EndCallTool;
  /** What onhook says back to an end request: the tool's answer. */
  readonly notices?: Pick<CommandHandlers, 'end-accepted' | 'end-refused' | 'call-refused'>;
  /** The gateway publishes `farewell.started` and `farewell.finished`. Default false. */
  readonly farewellEvents?: boolean;
  /** Runs once, when onhook ends the session; the socket is closed after it. */
  readonly onClose?: (reason: string | undefined) => void;
  /** Default: the CallSid, which is never reused. */
  readonly callId?: (start: MediaStreamStart) => string;
  /** The gateway's own span for this call (W3C Trace Context): onhook's trace continues it. */
  readonly traceparent?: (start: MediaStreamStart) => string | undefined;
}
