/** A room as the gateway named it, and the SIP legs that LiveKit says are in it. */
import type { ParticipantInfo, Room } from 'livekit-server-sdk';
import type { LegAddress } from '../carrier.ts';
import type { JsonObject } from '../../contract/json.ts';

export interface RoomLeg {
  readonly name: string;
  /** When known, only the room with this sid is ours: names may be used again (field rule 42). */
  readonly sid?: string;
}

/** LiveKit Cloud's bound on room names is 256 bytes; longer ones cannot exist. */
const NAME_MAX = 256;

/** `ParticipantInfo.Kind.SIP` of livekit.protocol; the SDK does not export the enumeration. */
const KIND_SIP = 3;

const isSip = ({ kind }: { readonly kind: number }): boolean => kind === KIND_SIP;

/** The room, or a sentence why it cannot be addressed. */
export function readRoom(room: LegAddress): RoomLeg | string {
  const { name, sid } = room;
  if (typeof name !== 'string' || name === '' || name.length > NAME_MAX) {
    return `room name must be 1 to ${NAME_MAX} characters`;
  }
  return typeof sid === 'string' && sid !== '' ? { name, sid } : { name };
}

/** The SIP participants with their carrier's ids, from the attributes LiveKit SIP sets. */
export function sipLegs(participants: readonly ParticipantInfo[]): JsonObject[] {
  return participants.filter(isSip).map(({ identity, attributes }) => {
    const callSid = attributes['sip.twilio.callSid'];
    const accountSid = attributes['sip.twilio.accountSid'];
    return { identity, ...(callSid ? { callSid } : {}), ...(accountSid ? { accountSid } : {}) };
  });
}

/** True when rooms of that name exist and none is ours. */
export function isAnotherRoom(leg: RoomLeg, rooms: readonly Room[]): boolean {
  return leg.sid !== undefined && rooms.length > 0 && rooms.every((room) => room.sid !== leg.sid);
}
