/**
 * The handle that {@link attachTwilioMediaStream} returns: what the agent's code says about its
 * call. Facts said before Twilio's `start` frame wait for it, so the agent need not care.
 */
import type { Json } from '../../contract/json.ts';
import type { EndRequest, GatewayEvents, GatewayEventType, PublishArguments } from '../events.ts';

export interface MediaStream {
  /** Undefined until Twilio's `start` frame; then the call id as it stands in subjects. */
  readonly callId: string | undefined;
  /** Frames that were no frame of the protocol, or out of place: garbage, a second `start`. */
  readonly ignoredFrames: number;
  /**
   * Sends audio to the caller: mu-law, 8 kHz, as bytes or base64. False when it was not sent: the
   * socket is not open, or the farewell mark is out and nothing may follow it.
   */
  sendAudio(audio: Uint8Array | string): boolean;
  /** The caller barged in: drops what Twilio has buffered, and says so. */
  clear(): void;
  /** The agent called its end_call tool, or whatever else decided. May be repeated. */
  endCall(request?: EndRequest): void;
  farewellStarted(farewell: GatewayEvents['farewell.started']): void;
  /** All of the farewell was handed to `sendAudio`. `audioMs` is measured when left out. */
  farewellFinished(farewell: GatewayEvents['farewell.finished']): void;
  callerSpoke(text?: string, final?: boolean): void;
  agentSpoke(): void;
  transcript(role: string, text: string): void;
  /** JSON merge patch on the call state that end functions read. */
  state(patch: { [key: string]: Json }): void;
  /** The gateway knows that the far end hung up. */
  callLeft(cause?: string): void;
  /** Any other fact of the contract. */
  publish<T extends GatewayEventType>(type: T, ...data: PublishArguments<T>): void;
}
