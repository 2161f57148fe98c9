/** Hanging up a leg at its carrier, and asking its provider whether it lives. */
import type { Cancellation } from '../../carriers/cancellation.ts';
import type { AttemptOptions, LegAddress, LegCommand } from '../../carriers/carrier.ts';
import type { Effect } from '../../contract/effect.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { badPayload } from './task.ts';
import type { Prepared, Targets } from './task.ts';

const PROVIDER_MISSING: Outcome = {
  result: 'fatal',
  code: 'provider_missing',
  detail: 'The provider of this leg is not configured on this node.',
};

/** Outcomes: those of `Carrier.hangUp`, and `fatal` for a leg that nobody here can address. */
export function hangUpLeg(effect: Effect, { carriers }: Targets): Prepared {
  const { payload } = effect;
  if (!('leg' in payload)) return badPayload(effect);
  const { leg, provider, address } = payload;
  const unanswered = payload.unanswered === true;
  const command = commandOf(effect, leg);
  const carrier = addressed(carriers.get(provider), address);
  if ('result' in carrier) return carrier;
  return {
    lane: 'provider',
    name: provider,
    urgent: true,
    // Twilio: canceled, then completed (field rule 48).
    requests: unanswered ? 2 : 1,
    perform: (cancellation) => {
      const { timeoutMs, idempotencyKey } = effect;
      return carrier.hangUp(address, { cancellation, timeoutMs, idempotencyKey, unanswered, command });
    },
  };
}

function commandOf({ gateway, callId, effectId, position }: Effect, leg: string): LegCommand {
  return { gateway, callId, leg, effectId, era: position.era, seq: position.seq };
}

/** Outcomes: those of the `ask` of the carrier, or of the room service for a room. */
export function askLeg(effect: Effect, { carriers, rooms }: Targets): Prepared {
  const { payload } = effect;
  if (!('leg' in payload)) return badPayload(effect);
  const { leg, provider, address } = payload;
  const children = payload.children === true;
  const carrier = leg === 'room' ? undefined : carriers.get(provider);
  const asked = addressed(carrier ?? rooms.get(provider), address);
  if ('result' in asked) return asked;
  return {
    lane: 'provider',
    name: provider,
    urgent: false,
    // The call and its children; the room list and the participants.
    requests: carrier === undefined || children ? 2 : 1,
    perform: (cancellation) => asked.ask(address, { ...attemptOf(effect, cancellation), children }),
  };
}

/** The provider, or why it cannot be asked for that leg at all. */
export function addressed<P extends { refuses(leg: LegAddress): string | undefined }>(
  provider: P | undefined,
  address: LegAddress,
): P | Outcome {
  if (provider === undefined) return PROVIDER_MISSING;
  const detail = provider.refuses(address);
  return detail === undefined ? provider : { result: 'fatal', code: 'leg_invalid', detail };
}

export function attemptOf({ timeoutMs, idempotencyKey }: Effect, cancellation: Cancellation): AttemptOptions {
  return { cancellation, timeoutMs, idempotencyKey };
}
