/** LiveKit as a room service: deletes rooms, says whether they live, stops their recordings. */
import type { Cancellation } from '../cancellation.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { runAttempt } from '../attempt.ts';
import type { AttemptOptions, LegAddress, RoomService } from '../carrier.ts';
import { classifyError } from './answers.ts';
import { openLiveKit } from './client.ts';
import type { LiveKitClients, LiveKitConfig } from './client.ts';
import { isAnotherRoom, readRoom, sipLegs } from './room-leg.ts';
import type { RoomLeg } from './room-leg.ts';
import { stopEgress } from './egress.ts';

/**
 * Who is in the room is worth knowing, but the deletion does not wait for it: at most this long, and at
 * most a third of the attempt.
 */
const LOOK_MAX_MS = 1_000;

const NO_SUCH_ROOM: Outcome = { result: 'already-gone', code: 'livekit_not_found' };
const ANOTHER_ROOM: Outcome = {
  result: 'already-gone',
  code: 'livekit_other_room',
  detail: 'The room of that name has another sid: ours is gone, and that one is left alone.',
};

/** Ready at once; opens no connection before. Errors: `CarrierConfigError` (field rule 23). */
export async function createLiveKitRooms(config: LiveKitConfig, clock: Clock): Promise<RoomService> {
  const clients = await openLiveKit(config);
  const attempt = (
    room: LegAddress,
    options: AttemptOptions,
    act: (leg: RoomLeg, own: Cancellation) => Promise<Outcome>,
  ): Promise<Outcome> => {
    const leg = readRoom(room);
    if (typeof leg === 'string')
      return Promise.resolve({ result: 'fatal', code: 'leg_invalid', detail: leg });
    return runAttempt(clock, options, (own) => act(leg, own).catch(classifyError));
  };
  return {
    provider: 'livekit',
    refuses: (room) => {
      const leg = readRoom(room);
      return typeof leg === 'string' ? leg : undefined;
    },
    deleteRoom: (room, options) =>
      attempt(room, options, async (leg, own) => {
        const timeoutMs = Math.min(LOOK_MAX_MS, options.timeoutMs / 3);
        const seen = await runAttempt(clock, { cancellation: own, timeoutMs }, () => look(clients, leg));
        if (seen === ANOTHER_ROOM) return seen;
        own.throwIfCancelled();
        const outcome = await clients.rooms.deleteRoom(leg.name).then(deleted, classifyError);
        return seen.data === undefined ? outcome : { ...outcome, data: seen.data };
      }),
    ask: (room, options) => attempt(room, options, (leg) => ask(clients, leg)),
    stopEgress: (room, options) => attempt(room, options, (leg, own) => stopEgress(clients, leg, own)),
    close: async () => {},
  };
}

const deleted = (): Outcome => ({ result: 'done' });

/** `live` with `data.sip`, or {@link ANOTHER_ROOM}. The room list is asked only when a sid can be compared. */
async function look(clients: LiveKitClients, leg: RoomLeg): Promise<Outcome> {
  const [participants, rooms] = await Promise.all([
    clients.rooms.listParticipants(leg.name),
    leg.sid === undefined ? [] : clients.rooms.listRooms([leg.name]),
  ]);
  if (isAnotherRoom(leg, rooms)) return ANOTHER_ROOM;
  return { result: 'live', data: { sip: sipLegs(participants) } };
}

/**
 * The room list decides; the participants are counted from their own list, because the room's counter
 * is wrong at times (field rule 42), and are left out when that list fails.
 */
async function ask(clients: LiveKitClients, leg: RoomLeg): Promise<Outcome> {
  const [rooms, participants] = await Promise.all([
    clients.rooms.listRooms([leg.name]),
    clients.rooms.listParticipants(leg.name).catch(() => undefined),
  ]);
  if (rooms.length === 0) return NO_SUCH_ROOM;
  if (isAnotherRoom(leg, rooms)) return ANOTHER_ROOM;
  if (participants === undefined) return { result: 'live' };
  return { result: 'live', data: { participants: participants.length } };
}
