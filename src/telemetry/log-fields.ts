/**
 * Which fields a log line may carry. An allow-list, since a list of what is forbidden is never
 * complete: a new kind of personal data or secret would pass until somebody thinks of it.
 */
import type { JsonObject } from '../contract/json.ts';

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

/** A text of the allow-list is an id or a word; longer is something else. */
const TEXT_MAX = 256;

/** What may be written of these fields. Others are dropped, also when a caller's types were wrong. */
export function safeFields(fields: LogFields, personalData: boolean): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (SAFE.has(name)) safe[name] = safeValue(value);
  }
  if (fields.error !== undefined) safe['error'] = describeError(fields.error);
  if (personalData && fields.pii !== undefined) safe['pii'] = fields.pii;
  return safe;
}

function safeValue(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, TEXT_MAX);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string').map(safeValue);
  return undefined;
}

/** Codes of our own errors are lower case; vendors quote what they were given, so their words stay out. */
const OWN_CODE = /^[a-z]+([_-][a-z]+)*$/;
const ANY_CODE = /^[A-Za-z0-9_-]{1,64}$/;

function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code: unknown = 'code' in error ? error.code : undefined;
  const text = typeof code === 'number' ? String(code) : code;
  const ours = typeof text === 'string' && OWN_CODE.test(text);
  return {
    name: error.name.slice(0, TEXT_MAX),
    ...(typeof text === 'string' && ANY_CODE.test(text) ? { code: text } : {}),
    ...(ours ? { message: error.message } : {}),
    at: frames(error),
  };
}

/** The stack without its first lines, which repeat the message. */
function frames(error: Error): string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
}
