/**
 * The messages that onhook itself writes to the log: what its timers, effects and owners say. They
 * carry epoch and nonce instead of a `Nats-Msg-Id` (log rule 18).
 */
import type { JsonObject } from './json.ts';
import type { SettledTold } from './settled.ts';
import { eventSubject, ownershipKey, PRINCIPALS } from './subjects.ts';

/** Who wrote it: the sequence of the owner's claim, and the random id of the owner's life. */
export interface OwnerMark {
  readonly epoch: number;
  readonly nonce: string;
}

/** What a forgotten call is made again from: its newest record, and what a record does not hold. */
export interface Revival {
  readonly record: JsonObject;
  /** Sequence of `call.started`: effect ids stay what they were. */
  readonly incarnation: number;
  /** The record was made up, since none was ever published. */
  readonly unrecorded?: boolean;
  readonly transcript?: readonly { readonly role: string; readonly text: string }[];
  /** By key: where a leg is, which no record says. */
  readonly legs?: Readonly<Record<string, { readonly provider: string; readonly address: JsonObject }>>;
}

/** A line of a closed or lost call that its carrier says is up, and nobody answers for (invariant 34). */
export interface FoundLine {
  /** Key of the leg. */
  readonly leg: string;
  readonly revival: Revival;
}

/** What a gateway said of a call after it was closed and forgotten (field rule 54). */
export interface LateFactsTold {
  readonly facts: readonly { readonly type: string; readonly data: JsonObject }[];
  readonly revival: Revival;
}

/** An operator's word about one dead letter (log rule 37). */
export interface DeskRequest {
  readonly kind: 'function' | 'leg';
  /** Name of the function, key of the leg. */
  readonly subject: string;
  /** The letter's own id. */
  readonly letterId: string;
  readonly note?: string;
  /** For a call that no owner holds any more. */
  readonly revival?: Revival;
}

/** Type → data, on `….evt._onhook.<callId>.<type>`. */
export interface OwnCallEvents {
  'timer.fired': OwnerMark & {
    readonly timerId: string;
    /** Position of the message whose fold armed it. */
    readonly armedSeq: number;
    readonly armedEra: number;
    /** Monotonic ms since that message was read live (log rule 14). */
    readonly waitedMs: number;
  };
  /** Read back before an end function runs (log rule 35). */
  'effect.attempted': OwnerMark & { readonly effectId: string; readonly attempt: number };
  'effect.settled': OwnerMark & SettledTold;
  /** `effectId`: the question that it answers, so that one on its way serves no later loss. */
  'unattended.permitted': { readonly epoch: number; readonly effectId?: string };
  'call.quarantined': { readonly epoch: number; readonly detail: string };
  'redrive.requested': DeskRequest;
  'discard.requested': DeskRequest;
  'line.found': FoundLine;
  'facts.late': LateFactsTold;
}

/** Type → data, with the partition's ownership key in place of a call id. */
export interface OwnPartitionEvents {
  /** `config` holds what calls pin, never a secret (log rule 11). Its own sequence is the epoch. */
  'partition.claimed': { readonly node: string; readonly nonce: string; readonly config: JsonObject };
  'partition.renewed': OwnerMark;
  'partition.released': OwnerMark;
  'log.restored': { readonly epoch: number };
}

/** Partition facts of the principal `_operator`. */
export interface OperatorPartitionEvents {
  'operator.paused': Readonly<Record<string, never>>;
  'operator.resumed': Readonly<Record<string, never>>;
}

/** All ownership messages of a partition go to this one subject type (log rule 5). */
export const OWNERSHIP_TYPE = 'partition.owner';

/** Assignable to the log port's `OutgoingMessage`. */
export interface OwnMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A message about a call, without headers: two of three messages are such, and headers cost the reader
 * more than the fold. The type stands in the subject and the id in the data. `id` is the writer's own, for people who trace: two sendings of one fact may
 * differ in it, the fold tells them apart by (timer, armedSeq) and (effect, attempt, epoch).
 */
export function ownMessage<T extends keyof OwnCallEvents>(
  prefix: string,
  callId: string,
  type: T,
  id: string,
  data: OwnCallEvents[T],
): OwnMessage {
  const subject = eventSubject(prefix, PRINCIPALS.onhook, callId, type);
  return { subject, data: Buffer.from(JSON.stringify(Object.assign({}, data, { id }))) };
}

/** A message about a partition; claims, renewals and releases share one subject (log rule 5). */
export function partitionMessage<T extends keyof OwnPartitionEvents | keyof OperatorPartitionEvents>(
  prefix: string,
  place: { readonly partition: number; readonly partitions: number },
  type: T,
  id: string,
  data: (OwnPartitionEvents & OperatorPartitionEvents)[T],
): OwnMessage {
  const key = ownershipKey(place.partition, place.partitions);
  const principal = type.startsWith('operator.') ? PRINCIPALS.operator : PRINCIPALS.onhook;
  const subjectType = type.startsWith('partition.') ? OWNERSHIP_TYPE : type;
  return {
    subject: eventSubject(prefix, principal, key, subjectType),
    data: Buffer.from(JSON.stringify(data)),
    headers: { 'ce-type': type, 'ce-id': id },
  };
}

/** Subject of a partition's ownership messages: what a claim's expected sequence is about. */
export function ownershipSubject(prefix: string, partition: number, partitions: number): string {
  return eventSubject(prefix, PRINCIPALS.onhook, ownershipKey(partition, partitions), OWNERSHIP_TYPE);
}
