/**
 * Reads a gateway's answer. A gateway in any language that answers anything at all works: only an
 * explicit refusal counts against it.
 */
import type { Msg } from '@nats-io/transport-node';
import type { Json, JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';

const UTF8 = new TextDecoder();

const CODE = /^[A-Za-z0-9_.-]{1,64}$/;

/** Long enough for a sentence; the text comes from outside. */
const DETAIL_MAX_CHARS = 200;

/** An answer is a handful of fields and travels on in the log; a longer one is not looked into. */
const REPLY_MAX_BYTES = 8 * 1024;

/** Nor is a deeper one: our own message, four levels around it, would be refused with every outcome in it. */
const REPLY_DEPTH_MAX = 16;

/** `done` unless the NATS service headers, or `ok: false`, say otherwise. */
export function classifyReply(reply: Msg): Outcome {
  const text = reply.headers?.get('Nats-Service-Error') ?? '';
  const code = reply.headers?.get('Nats-Service-Error-Code') ?? '';
  if (text !== '' || code !== '') return refused(code, text);
  const body = readObject(reply.data);
  if (body === undefined) return { result: 'done' };
  const { ok, ...data } = body;
  if (ok === false) return refused(stringOf(data['code']), stringOf(data['reason'] ?? data['why']));
  const empty = Object.keys(data).length === 0 || isDeeper(data, REPLY_DEPTH_MAX);
  return empty ? { result: 'done' } : { result: 'done', data };
}

function refused(code: string, detail: string): Outcome {
  return {
    result: 'refused',
    code: CODE.test(code) ? code : 'refused',
    ...(detail === '' ? {} : { detail: detail.slice(0, DETAIL_MAX_CHARS) }),
  };
}

function stringOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function readObject(data: Uint8Array): JsonObject | undefined {
  if (data.length === 0 || data.length > REPLY_MAX_BYTES) return undefined;
  try {
    const value = JSON.parse(UTF8.decode(data)) as Json;
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}
