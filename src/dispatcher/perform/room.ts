/** Deleting a media room, and stopping its recordings first where the policy says so. */
import type { Effect } from '../../contract/effect.ts';
import { addressed, attemptOf } from './leg.ts';
import { badPayload } from './task.ts';
import type { Prepared, Targets } from './task.ts';

/** Outcomes: those of `RoomService.deleteRoom` and `stopEgress`, and `fatal` as for a leg. */
export function inRoom(effect: Effect, { rooms }: Targets, method: 'deleteRoom' | 'stopEgress'): Prepared {
  const { payload } = effect;
  if (!('leg' in payload)) return badPayload(effect);
  const { provider, address } = payload;
  const service = addressed(rooms.get(provider), address);
  if ('result' in service) return service;
  const deletes = method === 'deleteRoom';
  return {
    lane: 'provider',
    name: provider,
    urgent: deletes,
    // Participants, rooms, deletion; the list of recordings and a stop.
    requests: deletes ? 3 : 2,
    perform: (cancellation) => service[method](address, attemptOf(effect, cancellation)),
  };
}
