/**
 * The ports that providers fill: a carrier ends a telephone leg and answers whether it lives; a room
 * service deletes a media room. Each method is ONE attempt: it never retries, never throws for an
 * answer of the provider (every answer is classified into an {@link Outcome}), and is given up by
 * `cancellation`. All are safe to run twice.
 */
import type { JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Cancellation } from './cancellation.ts';

export interface AttemptOptions {
  readonly cancellation: Cancellation;
  /** At most this long, connection included, in ms. */
  readonly timeoutMs: number;
  /** The same over all attempts of this effect; sent where the provider understands one. */
  readonly idempotencyKey: string;
}

/** A leg as the gateway gave it in `call.started` or `leg.added`, validated by the provider's own schema. */
export type LegAddress = JsonObject;

/** A command of this effect to the gateway that holds the call: for lines that the gateway itself ends. */
export interface LegCommand {
  readonly gateway: string;
  readonly callId: string;
  /** Key of the leg. */
  readonly leg: string;
  readonly effectId: string;
  readonly era: number;
  readonly seq: number;
}

export interface HangUpOptions extends AttemptOptions {
  /** The far end has not answered: some carriers want another request then (Twilio: canceled, then completed). */
  readonly unanswered: boolean;
  readonly command?: LegCommand;
}

export interface Carrier {
  /** The name used in `call.started.provider` and `legs.<key>.provider`. */
  readonly provider: string;
  /** Why this carrier cannot address that leg, as a sentence, or undefined when it can. */
  refuses(leg: LegAddress): string | undefined;
  /** Outcomes: done, already-gone, accepted, retry, fatal. */
  hangUp(leg: LegAddress, options: HangUpOptions): Promise<Outcome>;
  /**
   * Outcomes: done or already-gone (ended; `status` says how), live (`data.children` = number of
   * live child legs, where asked and known), retry, fatal.
   */
  ask(leg: LegAddress, options: AttemptOptions & { readonly children?: boolean }): Promise<Outcome>;
  /**
   * One page of the lines that are up now, in every account. Outcomes: live (`data.lines` =
   * `[{id, address}]`, `data.next` = the cursor of the next page, where there is one), retry, fatal.
   * Not every carrier can tell.
   */
  list?(cursor: string | undefined, options: AttemptOptions): Promise<Outcome>;
  close(): Promise<void>;
}

export interface RoomService {
  /** The key under which rooms name their provider: `livekit`. */
  readonly provider: string;
  refuses(room: LegAddress): string | undefined;
  /**
   * Outcomes: done, already-gone, retry, fatal. `data.sip` lists the SIP participants seen just
   * before: `[{identity, callSid?, accountSid?}]`, so that a leg that survives its room can be hung
   * up at its carrier.
   */
  deleteRoom(room: LegAddress, options: AttemptOptions): Promise<Outcome>;
  /** Outcomes: done or already-gone (no such room), live (`data.participants`), retry, fatal. */
  ask(room: LegAddress, options: AttemptOptions): Promise<Outcome>;
  /** Stops every active egress of the room. Outcomes: done, already-gone, retry, fatal. */
  stopEgress(room: LegAddress, options: AttemptOptions): Promise<Outcome>;
  close(): Promise<void>;
}
