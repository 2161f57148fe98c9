/** Rooms, participants and recordings of the stub, and how LiveKit writes them as JSON. */

export type StubParticipantKind = 'STANDARD' | 'INGRESS' | 'EGRESS' | 'SIP' | 'AGENT';

export interface StubParticipant {
  readonly identity: string;
  /** Default `STANDARD`. */
  readonly kind?: StubParticipantKind;
  /** SIP: `sip.callID`, `sip.twilio.callSid`, `sip.twilio.accountSid`, … */
  readonly attributes?: Readonly<Record<string, string>>;
  /** The SIP leg goes on when its room is deleted (field rule 41). */
  readonly survivesRoom?: boolean;
}

export type StubEgressStatus =
  | 'EGRESS_STARTING'
  | 'EGRESS_ACTIVE'
  | 'EGRESS_ENDING'
  | 'EGRESS_COMPLETE'
  | 'EGRESS_FAILED'
  | 'EGRESS_ABORTED';

export interface StubEgress {
  readonly egressId: string;
  readonly roomName: string;
  readonly status: StubEgressStatus;
}

export interface StubRoom {
  readonly name: string;
  readonly sid: string;
  /** Ms since the epoch. */
  readonly createdAt: number;
  /** By identity. */
  readonly participants: ReadonlyMap<string, StubParticipant>;
}

/** Source: livekit.Room, in the proto field names that LiveKit's server writes. */
export function roomJson(room: StubRoom): Record<string, unknown> {
  return {
    sid: room.sid,
    name: room.name,
    empty_timeout: 300,
    departure_timeout: 20,
    creation_time: String(Math.floor(room.createdAt / 1000)),
    num_participants: room.participants.size,
  };
}

/** Source: livekit.ParticipantInfo. */
export function participantJson(participant: StubParticipant): Record<string, unknown> {
  const { identity, kind = 'STANDARD', attributes = {} } = participant;
  return { sid: `PA_${identity}`, identity, name: identity, state: 'ACTIVE', kind, attributes };
}

/** Source: livekit.EgressInfo. */
export function egressJson(egress: StubEgress, roomId: string): Record<string, unknown> {
  return { egress_id: egress.egressId, room_name: egress.roomName, room_id: roomId, status: egress.status };
}
