/** Hanging up a leg at its carrier, and asking its provider whether it lives. */
import type { AttemptOptions, Carrier, RoomService } from '../../carriers/carrier.ts';
import type { Effect } from '../../contract/effect.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { badPayload } from './task.ts';
import type { Prepared, Targets } from './task.ts';

/** Outcomes: those of {@link Carrier.hangUp}, and `fatal` for a leg that nobody here can address. */
export function hangUpLeg(effect: Effect, { carriers }: Targets): Prepared {
  const { payload } = effect;
  if (!('leg' in payload)) return badPayload(effect);
  const { provider, address } = payload;
  const unanswered = payload.unanswered === true;
  const carrier = carriers.get(provider);
  const refusal = unaddressable(carrier, effect);
  if (carrier === undefined || refusal !== undefined) return refusal ?? badPayload(effect);
  return {
    lane: 'provider',
    name: provider,
    urgent: true,
    // Twilio: canceled, then completed (field rule 48).
    requests: unanswered ? 2 : 1,
    perform: (signal) => carrier.hangUp(address, { ...attemptOf(effect, signal), unanswered }),
  };
}

/** Outcomes: those of the `ask` of the carrier, or of the room service for a room. */
export function askLeg(effect: Effect, { carriers, rooms }: Targets): Prepared {
  const { payload } = effect;
  if (!('leg' in payload)) return badPayload(effect);
  const { leg, provider, address } = payload;
  const children = payload.children === true;
  const carrier = leg === 'room' ? undefined : carriers.get(provider);
  const asked = carrier ?? rooms.get(provider);
  const refusal = unaddressable(asked, effect);
  if (asked === undefined || refusal !== undefined) return refusal ?? badPayload(effect);
  return {
    lane: 'provider',
    name: provider,
    urgent: false,
    // The call and its children; the room list and the participants.
    requests: carrier === undefined || children ? 2 : 1,
    perform: (signal) => asked.ask(address, { ...attemptOf(effect, signal), children }),
  };
}

/** Why the provider cannot be asked for that leg at all, or undefined. */
export function unaddressable(
  provider: Pick<Carrier | RoomService, 'refuses'> | undefined,
  effect: Effect,
): Outcome | undefined {
  if (provider === undefined) {
    return {
      result: 'fatal',
      code: 'provider_missing',
      detail: 'The provider of this leg is not configured on this node.',
    };
  }
  if (!('leg' in effect.payload)) return badPayload(effect);
  const detail = provider.refuses(effect.payload.address);
  return detail === undefined ? undefined : { result: 'fatal', code: 'leg_invalid', detail };
}

export function attemptOf({ timeoutMs, idempotencyKey }: Effect, signal: AbortSignal): AttemptOptions {
  return { signal, timeoutMs, idempotencyKey };
}
