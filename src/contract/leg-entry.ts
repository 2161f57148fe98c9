/**
 * Bucket `onhook-legs`: which call a carrier's id or a room belongs to, so that webhooks find it. Keys
 * are restricted to a token's letters; what does not fit, and every room's name, is hashed.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from './json.ts';
import type { Message } from './message.ts';
import type { Outcome } from './outcome.ts';
import { settledIn } from './settled.ts';
import { isCallId, isGatewayName } from './subjects.ts';

const entrySchema = z.object({
  callId: z.string().refine(isCallId),
  gateway: z.string().refine(isGatewayName),
  /** Key in the call's legs. */
  leg: z.string(),
  accountSid: z.string().optional(),
  roomSid: z.string().optional(),
  /** What says whose a line of another carrier is: a list cannot always tell. */
  account: z.record(z.string(), z.string()).optional(),
  /** The call's own mode, when its gateway named one. */
  mode: z.enum(['own', 'backstop', 'observe']).optional(),
});

/** Where a webhook's event goes. Holds no personal data. */
export type LegEntry = z.output<typeof entrySchema>;

const PLAIN = /^[A-Za-z0-9_-]{1,64}$/;

function hashed(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 40);
}

/** Key of a carrier's call id (Twilio: CallSid). */
export function carrierKey(callSid: string): string {
  return `carrier.${PLAIN.test(callSid) ? callSid : `h_${hashed(callSid)}`}`;
}

/** Key of a room by its name, which may be used again: see {@link LegEntry}.roomSid. */
export function roomNameKey(name: string): string {
  return `room.${hashed(name)}`;
}

/** Key of a room by its sid, which is never used again (field rule 42). */
export function roomSidKey(sid: string): string {
  return `room-sid.${hashed(sid)}`;
}

/** What `call.started` and `leg.added` register, by key; nothing for other messages. Pure. */
export function legEntries({ type, callId, gateway, data }: Message): [key: string, entry: LegEntry][] {
  if (type === 'leg.added') return entriesOf({ callId, gateway }, textOf(data['key']), objectOf(data['leg']));
  if (type !== 'call.started') return [];
  const mode = objectOf(data['policy'])['mode'];
  const call = { callId, gateway, ...(mode === undefined ? {} : { mode: mode as LegEntry['mode'] }) };
  return Object.entries(objectOf(data['legs'])).flatMap(([leg, address]) =>
    entriesOf(call, leg, objectOf(address)),
  );
}

function entriesOf(
  call: Omit<LegEntry, 'leg'>,
  leg: string | undefined,
  address: JsonObject,
): [string, LegEntry][] {
  if (leg === undefined) return [];
  const found: [string, LegEntry][] = [];
  const callSid = textOf(address['callSid']) ?? textOf(address['legId']);
  const accountSid = textOf(address['accountSid']);
  const [name, roomSid] = [textOf(address['name']), textOf(address['sid'])];
  if (callSid !== undefined) {
    const account = accountOf(address);
    const entry = { ...call, leg, ...(accountSid === undefined ? {} : { accountSid }), ...account };
    found.push([carrierKey(callSid), entry]);
  }
  if (leg !== 'room') return found;
  const entry = { ...call, leg, ...(roomSid === undefined ? {} : { roomSid }) };
  if (name !== undefined) found.push([roomNameKey(name), entry]);
  if (roomSid !== undefined) found.push([roomSidKey(roomSid), entry]);
  return found;
}

/** The fields by which carriers without SIDs choose an account. */
const ACCOUNT_KEYS = ['connectionId', 'authId', 'applicationId', 'project'];

function accountOf(address: JsonObject): Pick<LegEntry, 'account'> {
  const named = ACCOUNT_KEYS.flatMap((key) => {
    const id = textOf(address[key]);
    return id === undefined ? [] : [[key, id] as const];
  });
  return named.length === 0 ? {} : { account: Object.fromEntries(named) };
}

/** Legs that a fold learned from an answer of a provider: the SIP participants of a room (row 56). Pure. */
export function learnedEntries(
  message: Message,
  call: { readonly gateway: string; readonly legs: Readonly<Record<string, { readonly address: object }>> },
): [key: string, entry: LegEntry][] {
  const learned = new Set(settledIn(message).flatMap(({ outcome }) => sipCallSids(outcome)));
  if (learned.size === 0) return [];
  const { callId } = message;
  return Object.entries(call.legs).flatMap(([leg, { address }]) => {
    const known = learned.has(textOf((address as JsonObject)['callSid']));
    return known ? entriesOf({ callId, gateway: call.gateway }, leg, address as JsonObject) : [];
  });
}

function sipCallSids({ data }: Outcome): (string | undefined)[] {
  const sip = data?.['sip'];
  return Array.isArray(sip) ? sip.map((one) => textOf(objectOf(one)['callSid'])) : [];
}

/** Stands where a leg will be registered: a webhook about it found nobody and was given up (log rule 23). */
export const MISSED_WEBHOOK: Uint8Array = new TextEncoder().encode('{"missed":true}');

/** Undefined for what is no entry. Never throws. */
export function readLegEntry(bytes: Uint8Array): LegEntry | undefined {
  try {
    return entrySchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
