/** The Twirp methods of the stub: which grant each needs and what each does. Source: livekit/livekit. */
import type { StubAnswer } from '../stub-server/stub-server.ts';
import type { StubLiveKitMethod } from './request.ts';
import { isActive } from './room-store.ts';
import type { RoomStore } from './room-store.ts';
import { egressJson, participantJson, roomJson } from './room.ts';
import type { StubEgress } from './room.ts';

export type Message = Readonly<Record<string, unknown>>;

interface Method {
  /** The service in the path. */
  readonly service: 'RoomService' | 'Egress';
  readonly allowed: (grants: Message, message: Message) => boolean;
  readonly act: (store: RoomStore, message: Message) => StubAnswer;
}

const ok = (body: unknown): StubAnswer => ({ status: 200, body });

/** A Twirp error: `{code, msg}`. */
export const twirpError = (status: number, code: string, msg: string): StubAnswer => ({
  status,
  body: { code, msg },
});

/** JSON may use either name of a proto field. */
function text(message: Message, ...names: string[]): string {
  const found = names.map((name) => message[name]).find((value) => typeof value === 'string');
  return typeof found === 'string' ? found : '';
}

const roomAdmin: Method['allowed'] = (grants, message) =>
  grants['roomAdmin'] === true && grants['room'] === text(message, 'room');
const roomRecord: Method['allowed'] = (grants) => grants['roomRecord'] === true;
const roomCreate: Method['allowed'] = (grants) => grants['roomCreate'] === true;

function listRooms(store: RoomStore, message: Message): StubAnswer {
  const names = Array.isArray(message['names']) ? message['names'].map(String) : [];
  const rooms =
    names.length === 0 ? [...store.rooms.values()] : names.flatMap((name) => store.rooms.get(name) ?? []);
  return ok({ rooms: rooms.map(roomJson) });
}

function listEgress(store: RoomStore, message: Message): StubAnswer {
  const roomName = text(message, 'roomName', 'room_name');
  const all = [...store.egress.values()].filter((egress) => roomName === '' || egress.roomName === roomName);
  const items = message['active'] === true ? store.activeEgress(roomName) : all;
  return ok({ items: items.map((egress) => json(store, egress)) });
}

function stopEgress(store: RoomStore, message: Message): StubAnswer {
  const egress = store.egress.get(text(message, 'egressId', 'egress_id'));
  if (egress === undefined) return twirpError(404, 'not_found', 'egress does not exist');
  if (!isActive(egress)) {
    return twirpError(412, 'failed_precondition', `egress with status ${egress.status} cannot be stopped`);
  }
  return ok({ ...json(store, store.endEgress(egress)), status: 'EGRESS_ENDING' });
}

function json(store: RoomStore, egress: StubEgress): Record<string, unknown> {
  return egressJson(egress, store.rooms.get(egress.roomName)?.sid ?? '');
}

export const METHODS: Readonly<Record<StubLiveKitMethod, Method>> = {
  CreateRoom: {
    service: 'RoomService',
    allowed: roomCreate,
    act: (store, message) => {
      const name = text(message, 'name');
      return ok(roomJson(store.rooms.get(name) ?? store.add({ name })));
    },
  },
  ListRooms: { service: 'RoomService', allowed: (grants) => grants['roomList'] === true, act: listRooms },
  DeleteRoom: {
    service: 'RoomService',
    allowed: roomCreate,
    act: (store, message) =>
      store.delete(text(message, 'room'))
        ? ok({})
        : twirpError(404, 'not_found', 'twirp error unknown: requested room does not exist'),
  },
  ListParticipants: {
    service: 'RoomService',
    allowed: roomAdmin,
    act: (store, message) => {
      const room = store.rooms.get(text(message, 'room'));
      return ok({ participants: [...(room?.participants.values() ?? [])].map(participantJson) });
    },
  },
  RemoveParticipant: {
    service: 'RoomService',
    allowed: roomAdmin,
    act: (store, message) =>
      store.leave(text(message, 'room'), text(message, 'identity'))
        ? ok({})
        : twirpError(404, 'not_found', 'twirp error unknown: participant does not exist'),
  },
  ListEgress: { service: 'Egress', allowed: roomRecord, act: listEgress },
  StopEgress: { service: 'Egress', allowed: roomRecord, act: stopEgress },
};
