/**
 * A double of the media side of Twilio: it dials a gateway's WebSocket as Twilio does, plays what it
 * is sent in real time, and echoes marks. Beside the stub of Twilio's REST API the two are one
 * carrier: a call completed there loses its stream here, and a caller who hangs up here is completed
 * there.
 */
import type { Clock } from '../../clock/clock.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { hasEnded } from '../stub-twilio/call.ts';
import type { StubCall } from '../stub-twilio/call.ts';
import type { StubTwilio } from '../stub-twilio/stub-twilio.ts';
import { MediaCall } from './media-call.ts';

export interface MediaCarrierOptions {
  /** The REST double that knows the calls; without one the double stands alone. */
  readonly stubTwilio?: Pick<StubTwilio, 'setStatus' | 'events'>;
  readonly clock?: Clock;
  /** Default 1; 10 plays ten seconds of audio in one. */
  readonly speed?: number;
}

export interface DialOptions {
  /** The gateway's WebSocket on loopback. */
  readonly url: string;
  readonly callSid: string;
  /** Default: the stub account's. */
  readonly accountSid?: string;
  readonly customParameters?: Readonly<Record<string, string>>;
  /** `never`: marks are lost. Default `echoed`. */
  readonly marks?: 'echoed' | 'never';
  /** Sends the caller's audio, 50 frames a second. Default true. */
  readonly audio?: boolean;
}

export interface MediaCarrier {
  /** Connects one call and says `connected` and `start`. Rejects when the gateway does not answer. */
  dial(options: DialOptions): Promise<MediaCall>;
  /** Ends every stream. May run twice. */
  close(): Promise<void>;
}

const ACCOUNT_SID = `AC${'0'.repeat(32)}`;

export function startMediaCarrier(options: MediaCarrierOptions = {}): MediaCarrier {
  const { stubTwilio, clock = systemClock, speed = 1 } = options;
  const calls = new Map<string, MediaCall>();
  let streams = 0;
  const onStatus = (call: StubCall): void => {
    if (hasEnded(call)) calls.get(call.sid)?.stopStream();
  };
  stubTwilio?.events.on('status', onStatus);

  return {
    async dial({ callSid, accountSid = ACCOUNT_SID, ...rest }) {
      streams += 1;
      const streamSid = `MZ${streams.toString(16).padStart(32, '0')}`;
      const onHangUp = (): void => stubTwilio?.setStatus(callSid, 'completed');
      const call = new MediaCall({ ...rest, callSid, accountSid, streamSid, clock, speed, onHangUp });
      calls.set(callSid, call);
      void call.closed.then(() => calls.get(callSid) === call && calls.delete(callSid));
      await call.start();
      return call;
    },
    async close() {
      stubTwilio?.events.off('status', onStatus);
      const open = [...calls.values()];
      for (const call of open) call.stopStream();
      await Promise.all(open.map(({ closed }) => closed));
    },
  };
}
