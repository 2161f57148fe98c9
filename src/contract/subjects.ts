/**
 * Subjects of the contract: building them, taking them apart, and encoding call ids that do not
 * fit a token. A token that does not fit is refused here and never reaches a NATS filter
 * (a subject with `*` inside a published token is accepted and stored by the server).
 */
import { createHash } from 'node:crypto';

/** Subject prefix of everything onhook says and hears. Config `nats.prefix`. */
export const DEFAULT_PREFIX = 'onhook.v1';

/** Principals that are ours. Gateways cannot use tokens that begin with `_`. */
export const PRINCIPALS = { onhook: '_onhook', ingress: '_ingress', operator: '_operator' } as const;

const GATEWAY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const CALL_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const OWNERSHIP_KEY = /^_p[0-9]{1,6}$/;
const NOT_PRINTABLE = /[^ -~]/;
const DIGITS = /^[0-9]{1,6}$/;
const TYPE = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*$/;

export function isGatewayName(token: string): boolean {
  return GATEWAY.test(token);
}

export function isCallId(token: string): boolean {
  return CALL_ID.test(token);
}

/** True for the token that stands for a partition in place of a call id (log rule 5). */
export function isOwnershipKey(token: string): boolean {
  return OWNERSHIP_KEY.test(token);
}

/**
 * The call id as a subject token. Ids that fit are used as they are; others, and ids that look
 * encoded already, become `b64_` + base64url, or `h_` + 40 hex digits of SHA-256 when that is too
 * long. The raw id then travels as `data.id` of `call.started`.
 */
export function encodeCallId(raw: string): string {
  if (CALL_ID.test(raw) && !raw.startsWith('b64_') && !raw.startsWith('h_')) return raw;
  const encoded = `b64_${Buffer.from(raw, 'utf8').toString('base64url')}`;
  if (CALL_ID.test(encoded)) return encoded;
  return `h_${createHash('sha256').update(raw, 'utf8').digest('hex').slice(0, 40)}`;
}

/** What an event subject says. `partition` is set when the server mapped the subject. */
export interface EventAddress {
  readonly gateway: string;
  readonly callId: string;
  readonly type: string;
  readonly partition?: number;
}

/** `onhook.v1.evt.<gateway>.<callId>.<type>`: what publishers use. */
export function eventSubject(prefix: string, gateway: string, callId: string, type: string): string {
  return `${prefix}.evt.${gateway}.${callId}.${type}`;
}

/**
 * Reads both stored shapes, `….evt.<gateway>.<callId>.<type>` and, once mapped,
 * `….p.<n>.<gateway>.<callId>.<type>` (log rule 1). Returns undefined for a subject whose tokens do not fit.
 */
export function parseEventSubject(prefix: string, subject: string): EventAddress | undefined {
  const start = prefix.length + 1;
  if (!subject.startsWith(prefix) || subject.charCodeAt(prefix.length) !== 46) return undefined;
  if (subject.startsWith('evt.', start)) return parseAddress(subject, start + 4, undefined);
  if (!subject.startsWith('p.', start)) return undefined;
  const dot = subject.indexOf('.', start + 2);
  const digits = subject.slice(start + 2, Math.max(dot, 0));
  return DIGITS.test(digits) ? parseAddress(subject, dot + 1, Number(digits)) : undefined;
}

/** Every published event passes here: tokens are cut out once, and only the three that are kept. */
function parseAddress(
  subject: string,
  start: number,
  partition: number | undefined,
): EventAddress | undefined {
  const first = subject.indexOf('.', start);
  const second = subject.indexOf('.', first + 1);
  if (first <= start || second < 0) return undefined;
  const gateway = subject.slice(start, first);
  const callId = subject.slice(first + 1, second);
  const type = subject.slice(second + 1);
  const partitions = gateway === PRINCIPALS.onhook || gateway === PRINCIPALS.operator;
  if (!partitions && gateway !== PRINCIPALS.ingress && !GATEWAY.test(gateway)) return undefined;
  if (!CALL_ID.test(callId) && !(partitions && OWNERSHIP_KEY.test(callId))) return undefined;
  if (!TYPE.test(type)) return undefined;
  return partition === undefined ? { gateway, callId, type } : { gateway, callId, type, partition };
}

/** `onhook.v1.cmd.<gateway>.<callId>.<verb>`: core request/reply, in no stream. */
export function commandSubject(prefix: string, gateway: string, callId: string, verb: string): string {
  return `${prefix}.cmd.${gateway}.${callId}.${verb}`;
}

/** `onhook.v1.out.<callId>.<type>`: the live feed. */
export function feedSubject(prefix: string, callId: string, type: string): string {
  return `${prefix}.out.${callId}.${type}`;
}

/** `onhook.v1.record.<callId>`: the call record. */
export function recordSubject(prefix: string, callId: string): string {
  return `${prefix}.record.${callId}`;
}

export type DeadLetterKind = 'input' | 'function' | 'leg';

/** `onhook.v1.dead.<kind>.<callId or ->`. */
export function deadLetterSubject(prefix: string, kind: DeadLetterKind, callId?: string): string {
  return `${prefix}.dead.${kind}.${callId !== undefined && CALL_ID.test(callId) ? callId : '-'}`;
}

/**
 * FNV-1a, 32 bits, over the call id's bytes, modulo N: the hash of the server's
 * `{{partition(N,i)}}`. With N = 1 everything is partition 0.
 */
export function partitionOf(callId: string, partitions: number): number {
  if (partitions <= 1) return 0;
  let hash = 0x811c9dc5;
  // Bytes as characters: a call id that fits a token is that already, and needs no buffer.
  const bytes = NOT_PRINTABLE.test(callId) ? Buffer.from(callId, 'utf8').toString('latin1') : callId;
  for (let i = 0; i < bytes.length; i += 1) {
    hash = Math.imul(hash ^ bytes.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % partitions;
}

/**
 * The subject token that ownership messages of a partition travel under: the first of `_p0`, `_p1`,
 * … that hashes to it, so that the server's own mapping brings them to the partition (log rule 5).
 */
export function ownershipKey(partition: number, partitions: number): string {
  for (let candidate = 0; ; candidate += 1) {
    const key = `_p${candidate}`;
    if (partitionOf(key, partitions) === partition) return key;
  }
}
