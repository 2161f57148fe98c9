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

/** What a real server 1.13 sends, name for name; a test against one holds it. Codecs are left out. */
export function roomJson(room: StubRoom): Record<string, unknown> {
  return {
    sid: room.sid,
    name: room.name,
    empty_timeout: 300,
    departure_timeout: 20,
    max_participants: 0,
    creation_time: String(Math.floor(room.createdAt / 1000)),
    creation_time_ms: String(Math.floor(room.createdAt)),
    turn_password: '',
    enabled_codecs: [],
    metadata: '',
    num_participants: room.participants.size,
    num_publishers: 0,
    active_recording: false,
    version: null,
  };
}

/** As {@link roomJson}. */
export function participantJson(participant: StubParticipant): Record<string, unknown> {
  const { identity, kind = 'STANDARD', attributes = {} } = participant;
  return {
    sid: `PA_${identity}`,
    identity,
    state: 'ACTIVE',
    tracks: [],
    metadata: '',
    joined_at: '0',
    joined_at_ms: '0',
    name: identity,
    version: 2,
    permission: null,
    region: '',
    is_publisher: false,
    kind,
    attributes,
    disconnect_reason: 'UNKNOWN_REASON',
    kind_details: [],
    data_tracks: [],
    client_protocol: 0,
    capabilities: [],
  };
}

/** Source: livekit.EgressInfo. */
export function egressJson(egress: StubEgress, roomId: string): Record<string, unknown> {
  return { egress_id: egress.egressId, room_name: egress.roomName, room_id: roomId, status: egress.status };
}
