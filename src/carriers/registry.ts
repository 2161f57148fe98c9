/** The providers of one process, by name. Only what is configured is loaded. */
import type { Clock } from '../clock/clock.ts';
import type { Carrier, RoomService } from './carrier.ts';
import type { LiveKitConfig } from './livekit/client.ts';
import type { OpenAiConfig } from './openai/carrier.ts';
import type { PlivoConfig } from './plivo/carrier.ts';
import type { TelnyxConfig } from './telnyx/carrier.ts';
import type { TwilioConfig } from './twilio/accounts.ts';
import type { VonageConfig } from './vonage/carrier.ts';

export interface CarriersConfig {
  readonly twilio?: TwilioConfig | undefined;
  readonly livekit?: LiveKitConfig | undefined;
  readonly telnyx?: TelnyxConfig | undefined;
  readonly plivo?: PlivoConfig | undefined;
  readonly vonage?: VonageConfig | undefined;
  readonly openai?: OpenAiConfig | undefined;
}

export interface Carriers {
  /** By the name that `call.started.provider` uses. */
  readonly carriers: ReadonlyMap<string, Carrier>;
  readonly rooms: ReadonlyMap<string, RoomService>;
  /** Closes every provider, also when one of them fails to. May run twice. */
  readonly close: () => Promise<void>;
}

/**
 * Loads the configured providers; `more` are carriers that the composition root brings. Runs once, at
 * start. Errors: `CarrierConfigError` of the first provider that cannot work.
 */
export async function createCarriers(
  config: CarriersConfig,
  clock: Clock,
  more: readonly Carrier[] = [],
): Promise<Carriers> {
  const carriers = new Map(more.map((carrier) => [carrier.provider, carrier]));
  const rooms = new Map<string, RoomService>();
  if (config.twilio !== undefined) {
    const { createTwilioCarrier } = await import('./twilio/carrier.ts');
    carriers.set('twilio', await createTwilioCarrier(config.twilio, clock));
  }
  for (const carrier of await httpCarriers(config, clock)) carriers.set(carrier.provider, carrier);
  if (config.livekit !== undefined) {
    const { createLiveKitRooms } = await import('./livekit/rooms.ts');
    rooms.set('livekit', await createLiveKitRooms(config.livekit, clock));
  }
  return {
    carriers,
    rooms,
    close: async () => {
      await Promise.allSettled([...carriers.values(), ...rooms.values()].map((provider) => provider.close()));
    },
  };
}

/** Those without a vendor's package. */
async function httpCarriers(config: CarriersConfig, clock: Clock): Promise<readonly Carrier[]> {
  const { telnyx, plivo, vonage, openai } = config;
  const opened: Carrier[] = [];
  if (telnyx !== undefined) {
    opened.push(await (await import('./telnyx/carrier.ts')).createTelnyxCarrier(telnyx, clock));
  }
  if (plivo !== undefined) {
    opened.push(await (await import('./plivo/carrier.ts')).createPlivoCarrier(plivo, clock));
  }
  if (vonage !== undefined) {
    opened.push(await (await import('./vonage/carrier.ts')).createVonageCarrier(vonage, clock));
  }
  if (openai !== undefined) {
    opened.push(await (await import('./openai/carrier.ts')).createOpenAiCarrier(openai, clock));
  }
  return opened;
}
