/**
 * The kinds of fields that events are made of, each with its bound. Free text that is too long is cut,
 * since refusing an end for its long reason would leave a live line; everything else is refused.
 */
import { z } from 'zod';
import type { JsonObject } from './json.ts';

/** Some minutes of speech; sixteen such fields fit a body. In UTF-16 units. */
const TEXT_MAX = 4_096;

/** Carriers' ids have 34 characters, rooms' names up to 256 (LiveKit). */
const ID_MAX = 256;

/** Words of a protocol: statuses, reasons, roles. */
const WORD_MAX = 128;

/** A raw call id before it was encoded; any length of room name, session path or URI in use. */
const RAW_ID_MAX = 1_024;

/** Node fires a longer timer at once (2³¹ − 1 ms, 24.8 days). */
export const DURATION_MAX_MS = 2 ** 31 - 1;

/** A conference of a call has a party each; more is a mistake of the gateway. */
export const LEGS_MAX = 16;

export const text = z.string().overwrite((value) => value.slice(0, TEXT_MAX));
export const id = z.string().min(1).max(ID_MAX);
export const rawId = z.string().min(1).max(RAW_ID_MAX);
export const word = z.string().min(1).max(WORD_MAX);
export const durationMs = z.number().int().min(0).max(DURATION_MAX_MS);
export const count = z.number().int().min(0);

/** An address as the parties write it: a number, a SIP URI. May be empty (a withheld number). */
export const party = z.string().max(ID_MAX);

/** Any JSON object; its depth and numbers were checked with the body. */
export const jsonObject = z.looseObject({}) as unknown as z.ZodType<JsonObject>;

/** A name that serves as a key in the call's state: never one that every object has already. */
export const key = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/)
  .refine((name) => !(name in Object.prototype), 'must not be a name that every object has');

export const legs = z
  .record(key, jsonObject)
  .refine((map) => Object.keys(map).length <= LEGS_MAX, `must be at most ${LEGS_MAX} legs`);

/** What is to be said before the line is cut (rule R2). */
export const farewellRequest = z.union([
  z.literal('reply'),
  z.literal('spoken'),
  z.literal('none'),
  z.object({ say: text }),
]);
