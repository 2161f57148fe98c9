/** Reading what a caller sent: every value is judged here, and a refusal names the parameter. */
import type { Context } from 'hono';
import { z } from 'zod';
import { encodeCallId, isCallId } from '../contract/subjects.ts';
import type { CallPlace, CallsRequest } from './answers.ts';
import { Problem } from './problem.ts';

/** One answer of a node stays well below the 1 MiB that NATS carries. */
const LIMIT_MAX = 500;
const LIMIT_DEFAULT = 100;
/** An id has at most 128 characters, and Node takes a URL with its headers up to 16 KiB. */
const IDS_MAX = 100;

const STATES = [
  'active',
  'farewell-speaking',
  'draining',
  'terminating',
  'post-processing',
  'closed',
] as const;

const place = z.object({ startedAt: z.number(), callId: z.string() });

/** Also what travels in the query `calls`. */
export const callsRequest = z.object({
  state: z.enum(STATES).exactOptional(),
  gateway: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/)
    .exactOptional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  after: place.exactOptional(),
  ids: z.array(z.string().refine(isCallId)).min(1).max(IDS_MAX).exactOptional(),
});

/** `state`, `gateway`, `limit`, `cursor`, `ids` of the URL. Throws `bad_request`. */
export function readCallsRequest(c: Context): CallsRequest {
  const { cursor, ids, ...query } = c.req.query();
  const after = cursor === undefined ? {} : { after: readCursor(cursor) };
  const named = ids === undefined ? {} : { ids: ids.split(',') };
  return parsed(callsRequest, { ...query, ...after, ...named });
}

/** `limit` of the URL. Throws `bad_request`. */
export function readLimit(c: Context): number {
  return parsed(callsRequest.pick({ limit: true }), c.req.query()).limit;
}

/** A place in the list, opaque to the caller. */
export function cursorOf({ startedAt, callId }: CallPlace): string {
  return Buffer.from(JSON.stringify({ startedAt, callId })).toString('base64url');
}

function readCursor(cursor: string): CallPlace {
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new Problem('bad_request', 'cursor: use the `next` of an earlier answer, unchanged');
  }
}

/** The call's token, also when the path holds its raw id. */
export function readCallId(c: Context): string {
  const id = c.req.param('id') ?? '';
  return isCallId(id) ? id : encodeCallId(id);
}

/** Body of a command of an operator. */
export const commandBody = z.strictObject({ reason: z.string().max(256).exactOptional() });

/** The body of a command: `{reason?}`, or nothing. Throws `bad_request`. */
export async function readReason(c: Context): Promise<string | undefined> {
  const text = await c.req.text();
  if (text.trim() === '') return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Problem('bad_request', 'the body is not JSON');
  }
  return parsed(commandBody, body).reason;
}

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Problem(
    'bad_request',
    `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'not understood'}`,
  );
}
