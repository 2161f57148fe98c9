/**
 * Twilio Media Streams, as it is on the wire: what comes in becomes typed or is refused here. Twilio
 * writes numbers as strings; other carriers that speak the same protocol write numbers.
 */

/** Beyond a few kilobytes of custom parameters no control frame is longer. */
export const FRAME_MAX_BYTES = 64 * 1024;

/** mu-law, 8 000 samples a second, one byte each. */
export const BYTES_PER_MS = 8;

export interface MediaStreamStart {
  readonly streamSid: string;
  readonly callSid: string;
  readonly accountSid: string;
  /** `<Parameter>` elements of the TwiML. Written by the caller of the API: data, never trusted. */
  readonly customParameters: Readonly<Record<string, string>>;
}

export type StreamFrame =
  | { readonly event: 'connected' }
  | { readonly event: 'start'; readonly start: MediaStreamStart }
  | { readonly event: 'media'; readonly timestampMs: number }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'dtmf'; readonly digit: string }
  | { readonly event: 'stop' };

const SID = /^[A-Za-z0-9_.:-]{1,128}$/;

type Fields = Readonly<Record<string, unknown>>;

/** Undefined for anything that is not a frame of the protocol. Never throws. */
export function parseFrame(text: string): StreamFrame | undefined {
  const frame = parseObject(text);
  switch (frame?.['event']) {
    case 'connected':
      return { event: 'connected' };
    case 'start':
      return parseStart(frame);
    case 'media':
      return { event: 'media', timestampMs: numberOf(fieldsOf(frame['media'])['timestamp']) ?? 0 };
    case 'mark':
      return parseMark(fieldsOf(frame['mark'])['name']);
    case 'dtmf':
      return parseDigit(fieldsOf(frame['dtmf'])['digit']);
    case 'stop':
      return { event: 'stop' };
    default:
      return undefined;
  }
}

function parseStart(frame: Fields): StreamFrame | undefined {
  const start = fieldsOf(frame['start']);
  const streamSid = sidOf(start['streamSid'] ?? frame['streamSid']);
  const callSid = sidOf(start['callSid']);
  const accountSid = sidOf(start['accountSid']);
  if (streamSid === undefined || callSid === undefined || accountSid === undefined) return undefined;
  const customParameters = Object.fromEntries(
    Object.entries(fieldsOf(start['customParameters'])).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
  return { event: 'start', start: { streamSid, callSid, accountSid, customParameters } };
}

function parseMark(name: unknown): StreamFrame | undefined {
  return typeof name === 'string' ? { event: 'mark', name } : undefined;
}

function parseDigit(digit: unknown): StreamFrame | undefined {
  return typeof digit === 'string' && digit.length === 1 ? { event: 'dtmf', digit } : undefined;
}

function parseObject(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Fields) : {};
}

function sidOf(value: unknown): string | undefined {
  return typeof value === 'string' && SID.test(value) ? value : undefined;
}

/** `"5"` and `5`; undefined for what is neither. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  if (value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

export function mediaFrame(streamSid: string, payload: string): string {
  return JSON.stringify({ event: 'media', streamSid, media: { payload } });
}

export function markFrame(streamSid: string, name: string): string {
  return JSON.stringify({ event: 'mark', streamSid, mark: { name } });
}

export function clearFrame(streamSid: string): string {
  return JSON.stringify({ event: 'clear', streamSid });
}
