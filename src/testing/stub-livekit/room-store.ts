/** What a stub LiveKit holds, and the rules by which requests change it. */
import type { EventEmitter } from 'node:events';
import type { Clock } from '../../clock/clock.ts';
import type { StubLiveKitEvents } from './request.ts';
import type { StubEgress, StubParticipant, StubRoom } from './room.ts';

export interface StubRoomOptions {
  readonly name: string;
  readonly sid?: string;
  readonly participants?: readonly StubParticipant[];
}

type OpenRoom = StubRoom & { readonly participants: Map<string, StubParticipant> };

export class RoomStore {
  readonly rooms = new Map<string, OpenRoom>();
  readonly egress = new Map<string, StubEgress>();
  /** SIP participants whose room was deleted and whose leg went on. */
  readonly survivors: StubParticipant[] = [];
  private readonly events: EventEmitter<StubLiveKitEvents>;
  private readonly clock: Clock;
  private sids = 0;

  constructor(clock: Clock, events: EventEmitter<StubLiveKitEvents>) {
    this.clock = clock;
    this.events = events;
  }

  add({ name, sid, participants = [] }: StubRoomOptions): StubRoom {
    const room: OpenRoom = {
      name,
      sid: sid ?? `RM_stub${(this.sids += 1)}`,
      createdAt: this.clock.now(),
      participants: new Map(participants.map((participant) => [participant.identity, participant])),
    };
    this.rooms.set(name, room);
    return room;
  }

  /** False when there is no such room. */
  join(roomName: string, participant: StubParticipant): boolean {
    return this.rooms.get(roomName)?.participants.set(participant.identity, participant) !== undefined;
  }

  /** False when no such participant is there. */
  leave(roomName: string, identity: string): boolean {
    const room = this.rooms.get(roomName);
    const participant = room?.participants.get(identity);
    if (room === undefined || participant === undefined) return false;
    room.participants.delete(identity);
    this.events.emit('participant-left', participant, room);
    return true;
  }

  /** Everyone leaves, recordings end. False when there is no such room. */
  delete(roomName: string): boolean {
    const room = this.rooms.get(roomName);
    if (room === undefined) return false;
    this.rooms.delete(roomName);
    for (const participant of room.participants.values()) {
      if (participant.survivesRoom === true) this.survivors.push(participant);
      else this.events.emit('participant-left', participant, room);
    }
    for (const egress of this.activeEgress(roomName)) this.endEgress(egress);
    this.events.emit('room-deleted', room);
    return true;
  }

  startEgress(egress: Omit<StubEgress, 'status'> & Partial<StubEgress>): void {
    this.egress.set(egress.egressId, { status: 'EGRESS_ACTIVE', ...egress });
  }

  endEgress(egress: StubEgress): StubEgress {
    const ended: StubEgress = { ...egress, status: 'EGRESS_COMPLETE' };
    this.egress.set(egress.egressId, ended);
    this.events.emit('egress-ended', ended);
    return ended;
  }

  /** Of every room when `roomName` is empty. */
  activeEgress(roomName: string): StubEgress[] {
    return [...this.egress.values()].filter(
      (egress) => (roomName === '' || egress.roomName === roomName) && isActive(egress),
    );
  }
}

export function isActive(egress: StubEgress): boolean {
  return egress.status === 'EGRESS_STARTING' || egress.status === 'EGRESS_ACTIVE';
}
