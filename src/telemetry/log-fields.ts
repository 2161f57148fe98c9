/**
 * Which fields a log line may carry. An allow-list, since a list of what is forbidden is never
 * complete: a new kind of personal data or secret would pass until somebody thinks of it.
 */
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../contract/json.ts';
import { maskedId } from './masked-id.ts';

/** Ids, positions, contract words and numbers. None can hold a phone number, a text or a credential. */
const SAFE_FIELDS = [
  'alarm',
  'attempt',
  'callId',
  'cause',
  'code',
  'count',
  'delayMs',
  'durationMs',
  'effect',
  'effectId',
  'endReason',
  'endedBy',
  'epoch',
  'era',
  'function',
  'functionVersion',
  'gateway',
  'host',
  'lag',
  'leg',
  'method',
  'node',
  'outcome',
  'partition',
  'partitions',
  'port',
  'provider',
  'refusal',
  'route',
  'seq',
  'server',
  'signal',
  'state',
  'status',
  'timerId',
  'type',
  'verdict',
  'version',
  'waitedMs',
] as const;

type SafeValue = string | number | boolean | undefined | readonly string[];

/** What a line may carry, all optional. */
export type LogFields = { readonly [K in (typeof SAFE_FIELDS)[number]]?: SafeValue } & {
  /** Its name, code and place; its message only when it is an error of ours, whose words are checked. */
  readonly error?: unknown;
  /** Personal data: numbers, names, texts. Dropped unless enabled. */
  readonly pii?: JsonObject;
};

const SAFE: ReadonlySet<string> = new Set(SAFE_FIELDS);

/** Of this process and its configuration, or random: what looks like a phone number in them is none. */
const OURS: ReadonlySet<string> = new Set([
  'effectId',
  'functionVersion',
  'host',
  'node',
  'server',
  'version',
]);

/** A text of the allow-list is an id or a word; longer is something else. */
const TEXT_MAX = 256;
/** So is one with spaces: words of a person, a header. Routes have one (`GET /livez`). */
const SPACED: ReadonlySet<string> = new Set(['route']);

/** What may be written of these fields. Others are dropped, also when a caller's types were wrong. */
export function safeFields(fields: LogFields, personalData: boolean): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (SAFE.has(name)) safe[name] = safeValue(name, value);
  }
  if (fields.error !== undefined) safe['error'] = describeError(fields.error);
  if (personalData && fields.pii !== undefined) safe['pii'] = fields.pii;
  return safe;
}

function safeValue(name: string, value: unknown): unknown {
  if (typeof value === 'string') return safeText(name, value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) {
    return value.filter((item) => typeof item === 'string').map((item) => safeText(name, item));
  }
  return undefined;
}

/** Gateways choose ids, and build them from phone numbers; a URL may hold a login. */
function safeText(name: string, text: string): string {
  if (/\s/.test(text) && !SPACED.has(name)) return '[text]';
  const short = text.slice(0, TEXT_MAX).replace(/\/\/[^/]*@/g, '//[secret]@');
  return OURS.has(name) ? short : maskedId(short);
}

/** Codes of our own errors are lower case; vendors quote what they were given, so their words stay out. */
const OWN_CODE = /^[a-z]+([_-][a-z]+)*$/;
const ANY_CODE = /^[A-Za-z0-9_-]{1,64}$/;
const NAME = /^[A-Za-z]\w{0,63}$/;

function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code: unknown = 'code' in error ? error.code : undefined;
  const text = typeof code === 'number' ? String(code) : code;
  const at = frames(error);
  const ours = typeof text === 'string' && OWN_CODE.test(text) && isOurs(at[0]);
  return {
    name: NAME.test(error.name) ? error.name : 'Error',
    ...(typeof text === 'string' && ANY_CODE.test(text) ? { code: maskedId(text) } : {}),
    ...(ours ? { message: error.message } : {}),
    at: at.map(maskedId),
  };
}

/** Of this repository, or of the package that was built from it. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** An error is made where its first frame is: some vendors' codes look like ours. */
function isOurs(frame: string | undefined): boolean {
  const place = frame?.split(/[ (]/).at(-1)?.replace('file://', '');
  return place?.startsWith(ROOT) === true && !place.slice(ROOT.length).includes('node_modules/');
}

/** `at name (place:line:column)` or `at place:line:column`. */
const FRAME = /^\s+at (?:[^()]+ \()?(?:file:\/\/\/|node:|\/|[A-Za-z]:[\\/])[^()\s]*:\d+:\d+\)?$/;

/** The stack behind the message, which may have lines that look like frames. */
function frames({ stack = '', message }: Error): string[] {
  const messageAt = stack.indexOf(message);
  if (messageAt === -1) return [];
  return stack
    .slice(messageAt + message.length)
    .split('\n')
    .filter((line) => FRAME.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
}
