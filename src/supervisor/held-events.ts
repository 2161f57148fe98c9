/**
 * Events of a call that has not started yet (log rule 22): partition state, bounded, expiring by fold
 * time, and given to the call with `call.started` as their cause. A mark echo is not held: the mark
 * that it would echo has not been issued.
 */
import type { JsonObject } from '../contract/json.ts';
import type { Message } from '../contract/message.ts';

/** A gateway's first events overtake its `call.started` by a network's jitter, not by more. */
const PER_CALL_MAX = 16;
const CALLS_MAX = 1_000;
const EXPIRY_MS = 10_000;
/** They travel in the manifest, which must fit one message of the log. */
const BYTES_MAX = 262_144;

export type HeldJson = readonly JsonObject[];

export class HeldEvents {
  /** Oldest call first: a Map keeps the order of insertion. */
  private readonly calls = new Map<string, Message[]>();
  private readonly onDropped: (message: Message) => void;
  private bytes = 0;

  /** `onDropped` hears each that a bound pushes out or that expires. */
  constructor(onDropped: (message: Message) => void = () => undefined) {
    this.onDropped = onDropped;
  }

  /** False: not held (a mark echo). */
  hold(message: Message): boolean {
    if (message.type === 'mark.echoed') return false;
    this.expire(message.at);
    const size = sizeOf(message);
    if (size > BYTES_MAX) return false;
    const held = this.calls.get(message.callId) ?? [];
    if (held.length === 0) this.calls.set(message.callId, held);
    held.push(message);
    this.bytes += size;
    if (held.length > PER_CALL_MAX) this.forget(held.splice(0, 1));
    while (this.calls.size > CALLS_MAX || this.bytes > BYTES_MAX) this.dropOldest();
    return true;
  }

  /** What waits for a call, oldest first, and no longer held. `at`: fold time of its start. */
  take(callId: string, at: number): Message[] {
    const held = this.calls.get(callId);
    if (held === undefined) return [];
    this.expire(at);
    const fresh = this.calls.get(callId) ?? [];
    this.calls.delete(callId);
    for (const message of fresh) this.bytes -= sizeOf(message);
    return fresh;
  }

  toJson(): HeldJson {
    return [...this.calls.values()].flat().map((message) => ({ ...message }));
  }

  /** What a manifest kept. */
  takeOver(json: HeldJson): void {
    for (const message of json) this.hold(message as unknown as Message);
  }

  /** Gives up what waits for longer than ten seconds; `at`: fold time. */
  expire(at: number): void {
    for (const [callId, held] of this.calls) {
      const stale = held.findIndex((message) => message.at > at - EXPIRY_MS);
      const count = stale < 0 ? held.length : stale;
      if (count > 0) this.forget(held.splice(0, count));
      if (held.length === 0) this.calls.delete(callId);
      // Calls are in order of their first event; a fresh first event ends the search.
      else if (count === 0) return;
    }
  }

  private dropOldest(): void {
    const oldest = this.calls.entries().next().value;
    if (oldest === undefined) return;
    const [callId, held] = oldest;
    this.forget(held.splice(0, 1));
    if (held.length === 0) this.calls.delete(callId);
  }

  private forget(messages: readonly Message[]): void {
    for (const message of messages) {
      this.bytes -= sizeOf(message);
      this.onDropped(message);
    }
  }
}

function sizeOf(message: Message): number {
  return JSON.stringify(message.data).length + 256;
}
