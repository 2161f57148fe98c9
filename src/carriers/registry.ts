/** The providers of one process, by name. Only what is configured is loaded. */
import type { Clock } from '../clock/clock.ts';
import type { Carrier, RoomService } from './carrier.ts';
import type { LiveKitConfig } from './livekit/client.ts';
import type { TwilioConfig } from './twilio/accounts.ts';

export interface CarriersConfig {
  readonly twilio?: TwilioConfig | undefined;
  readonly livekit?: LiveKitConfig | undefined;
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
