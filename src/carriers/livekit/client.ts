/** The LiveKit SDK, loaded only when LiveKit is configured, and what its URL may look like. */
import type { EgressClient, RoomServiceClient } from 'livekit-server-sdk';
import { CarrierConfigError } from '../config-error.ts';

/** `url` as in LIVEKIT_URL: ws, wss, http or https. */
export interface LiveKitConfig {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

export interface LiveKitClients {
  readonly rooms: RoomServiceClient;
  readonly egress: EgressClient;
}

/**
 * The SDK takes no abort signal, so a request given up by us ends here: a little above any attempt's
 * own time-out, since the attempt's must win.
 */
const REQUEST_TIMEOUT_S = 10;

/** Loads the SDK; opens no connection. Errors: `CarrierConfigError` for a half configured service. */
export async function openLiveKit(config: LiveKitConfig): Promise<LiveKitClients> {
  if (!config.apiKey || !config.apiSecret) {
    throw new CarrierConfigError('livekit', 'set both LIVEKIT_API_KEY and LIVEKIT_API_SECRET');
  }
  const url = httpUrl(config.url);
  const { EgressClient, RoomServiceClient } = await import('livekit-server-sdk');
  // Region failover would send one attempt several times; attempts are facts in the log.
  const options = { requestTimeout: REQUEST_TIMEOUT_S, failover: false };
  return {
    rooms: new RoomServiceClient(url, config.apiKey, config.apiSecret, options),
    egress: new EgressClient(url, config.apiKey, config.apiSecret, options),
  };
}

/** `wss://` becomes `https://`, `ws://` becomes `http://`. Errors: `CarrierConfigError`. */
export function httpUrl(url: string): string {
  const scheme = /^(ws|http)(s?):\/\//.exec(url);
  if (scheme === null || !URL.canParse(url)) {
    throw new CarrierConfigError('livekit', 'LIVEKIT_URL must begin with wss://, ws://, https:// or http://');
  }
  return `http${scheme[2] ?? ''}://${url.slice(scheme[0].length)}`;
}
