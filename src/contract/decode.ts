/**
 * Stored bytes become typed messages here and nowhere else. Decides in this order: the subject, the
 * partition, who may say this type, the envelope, the data. Runs once for every message of the log.
 */
import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import { readEnvelope } from './envelope.ts';
import type { Envelope, StoredLike } from './envelope.ts';
import { gatewayEventSchemas, ingressEventSchemas, operatorEventSchemas } from './event-schemas.ts';
import { IGNORED_FIELDS } from './ignored-fields.ts';
import type { JsonObject } from './json.ts';
import type { Decoded, Message, Refusal } from './message.ts';
import { ownCallChecks, partitionChecks } from './own-checks.ts';
import { OWNERSHIP_TYPE } from './own-events.ts';
import { isOwnershipKey, parseEventSubject, partitionOf, PRINCIPALS } from './subjects.ts';
import type { EventAddress } from './subjects.ts';

export interface DecoderOptions {
  /** Config `nats.prefix`. */
  readonly prefix: string;
  /** N, stored with the log. */
  readonly partitions: number;
}

/**
 * Never throws, for any bytes. The data of what it returns is a new value, bounded, and holds only
 * known fields. May run twice on one message with the same result.
 */
export type Decoder = (stored: StoredLike) => Decoded;

/** The data to keep, or a text that names the field and the rule. */
type Check = (data: JsonObject) => JsonObject | string;

export function createDecoder({ prefix, partitions }: DecoderOptions): Decoder {
  return (stored) => {
    const address = parseEventSubject(prefix, stored.subject);
    if (address === undefined) return { ok: false, refusal: 'invalid', reason: 'subject: tokens do not fit' };
    if (address.partition !== undefined && address.partition !== partitionOf(address.callId, partitions)) {
      return refuse(address, 'wrong-partition', 'subject: the call id belongs to another partition');
    }
    return decodeAt(address, stored);
  };
}

function decodeAt(address: EventAddress, stored: StoredLike): Decoded {
  const group = groupOf(address);
  const { type: subjectType } = address;
  const ownership = group === GROUPS.partition && subjectType === OWNERSHIP_TYPE;
  if (!ownership && !mayStandInSubject(group, subjectType)) return refuseType(address, group);
  const envelope = readEnvelope(stored, address.gateway === PRINCIPALS.onhook);
  if (typeof envelope === 'string') return refuse(address, 'invalid', envelope);
  const type = ownership ? (envelope.type ?? '') : subjectType;
  if (ownership ? !type.startsWith('partition.') : envelope.type !== undefined && envelope.type !== type) {
    return refuse(address, 'invalid', 'ce-type: is not the type in the subject');
  }
  const data = group.get(type)?.(envelope.data) ?? 'ce-type: unknown';
  if (typeof data === 'string') return refuse(address, 'invalid', data);
  return { ok: true, message: compose(address, stored, type, envelope, data) };
}

/** Absent attributes are absent fields: the message is written down with the call that holds it back. */
function compose(
  { gateway, callId }: EventAddress,
  { seq, timestampMs }: StoredLike,
  type: string,
  { id, claimedAt, sequence, traceparent }: Envelope,
  data: JsonObject,
): Message {
  // Whole milliseconds: instants of records and timers are read by people and other languages.
  const message: Mutable<Message> = { seq, at: Math.floor(timestampMs), gateway, callId, type, id, data };
  if (claimedAt !== undefined) message.claimedAt = claimedAt;
  if (sequence !== undefined) message.sequence = sequence;
  if (traceparent !== undefined) message.traceparent = traceparent;
  return message;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function refuse({ gateway, callId, type }: EventAddress, refusal: Refusal, reason: string): Decoded {
  return { ok: false, refusal, reason, gateway, callId, type };
}

type Group = ReadonlyMap<string, Check>;

const PATH_TOKEN = /^[A-Za-z0-9_-]{1,64}$/;

/** Names of fields may be the sender's own words: what does not look like a name is not repeated. */
function describe({ issues: [issue] }: z.core.$ZodError): string {
  const path = (issue?.path ?? []).map((part) => (PATH_TOKEN.test(String(part)) ? String(part) : '?'));
  return `${path.length === 0 ? 'data' : path.join('.')}: ${issue?.message ?? 'invalid'}`;
}

/** All their fields are optional: refusing one for a field would leave a line up that somebody ended. */
const ENDS: ReadonlySet<string> = new Set(['end.requested', 'call.ended', 'caller.left']);

function schemaGroup(schemas: Readonly<Record<string, z.ZodType<object>>>): Group {
  const checkOf = (type: string, schema: z.ZodType<object>): Check => {
    return (data) => {
      const parsed = schema.safeParse(data);
      if (parsed.success) return parsed.data as JsonObject;
      return (ENDS.has(type) ? withoutBad(schema, data, parsed.error) : undefined) ?? describe(parsed.error);
    };
  };
  return new Map(Object.entries(schemas).map(([type, schema]) => [type, checkOf(type, schema)]));
}

function withoutBad(
  schema: z.ZodType<object>,
  data: JsonObject,
  { issues }: z.core.$ZodError,
): JsonObject | undefined {
  const bad = new Set(issues.map(({ path: [field] }) => String(field)));
  const rest = Object.fromEntries(Object.entries(data).filter(([field]) => !bad.has(field)));
  const parsed = schema.safeParse(rest);
  return parsed.success ? { ...(parsed.data as JsonObject), [IGNORED_FIELDS]: [...bad] } : undefined;
}

function ownGroup(checks: typeof ownCallChecks, only: (type: string) => boolean = () => true): Group {
  const entries = [...checks].filter(([type]) => only(type));
  return new Map(
    entries.map(([type, firstBad]): [string, Check] => [
      type,
      (data) => {
        const field = firstBad(data);
        return field === undefined ? data : `${field}: missing or of another kind`;
      },
    ]),
  );
}

const isOperators = (type: string): boolean => type.startsWith('operator.');

/** Who may say what (log rule 4, invariant 20). */
const GROUPS = {
  gateway: schemaGroup(gatewayEventSchemas),
  ingress: schemaGroup(ingressEventSchemas),
  operator: schemaGroup(operatorEventSchemas),
  own: ownGroup(ownCallChecks),
  partition: ownGroup(partitionChecks, (type) => !isOperators(type)),
  operatorPartition: ownGroup(partitionChecks, isOperators),
} satisfies Record<string, Group>;

function groupOf({ gateway, callId }: EventAddress): Group {
  switch (gateway) {
    case PRINCIPALS.onhook:
      return isOwnershipKey(callId) ? GROUPS.partition : GROUPS.own;
    case PRINCIPALS.operator:
      return isOwnershipKey(callId) ? GROUPS.operatorPartition : GROUPS.operator;
    case PRINCIPALS.ingress:
      return GROUPS.ingress;
    default:
      return GROUPS.gateway;
  }
}

/** A claim beside the ownership subject would escape the expected sequence that guards it (log rule 5). */
function mayStandInSubject(group: Group, type: string): boolean {
  return group.has(type) && !(group === GROUPS.partition && type.startsWith('partition.'));
}

/** A longer word is no misspelling, and comparing it costs. */
const MISSPELT_MAX = 64;

const GATEWAY_TYPES = Object.keys(gatewayEventSchemas);

function refuseType(address: EventAddress, group: Group): Decoded {
  const { type } = address;
  const known = type === OWNERSHIP_TYPE || Object.values(GROUPS).some((other) => other.has(type));
  if (known) return refuse(address, 'unauthorised', 'type: this principal may not say it');
  const comparable = group === GROUPS.gateway && type.length <= MISSPELT_MAX;
  const nearest = comparable ? `; the nearest is ${closest(type, GATEWAY_TYPES)}` : '';
  return refuse(address, 'invalid', `type: unknown${nearest}`);
}
