/**
 * What one watched call shows, from its record alone: whether its line outlived the call, whether its
 * goodbye was cut, how long the caller listened to silence, and when onhook would have hung up.
 */
import type { CallRecord } from '../../contract/call-record.ts';

/** How the call was kept: `observe` acts never, `backstop` only where the gateway did not. */
export type WatchMode = 'observe' | 'backstop';

export interface Finding {
  readonly callId: string;
  readonly gateway: string;
  readonly mode: WatchMode;
  readonly closedAt: number;
  /** When onhook in own mode would have hung up: the goodbye was over, or nothing was left to say. */
  readonly wouldEndAt?: number;
  /** When the line went down, by the first fact of the far end; absent when nobody told. */
  readonly lineDownAt?: number;
  /** How much longer than that the line stayed up, in ms; until the watch ended when nobody told. */
  readonly overtimeMs?: number;
  /** From the end of the goodbye to the end of the line, in ms, where both are known. */
  readonly silenceMs?: number;
  /** The line went down while the goodbye still played: by the gateway's own word, or nobody knows by whom. */
  readonly cut?: 'gateway' | 'unknown';
  /** A backstop had to hang up, since the gateway did not: the line was still up when it asked. */
  readonly acted: boolean;
  /** Effects that were only noted, in order. */
  readonly would: readonly string[];
}

type Cause = CallRecord['causes'][number];

/** Without the carrier's word: a gateway that only says that it ended the call may be wrong, and that is what is looked for. */
const FAR_END_LEFT = 'caller.left';

/** What onhook would have asked of the line itself. */
const HANGUPS = new Set(['hang-up-leg', 'delete-room']);

/** Left a goodbye for these causes: it was over, ran out of time, or an operator cut it. */
const ORDERLY = /^(mark\.echoed|timer\.fired|operator\.|farewell\.|effect\.)/;

/** Undefined for a call that onhook ended itself. Pure. */
export function findingOf(record: CallRecord): Finding | undefined {
  const { mode, causes, would = [] } = record;
  if (mode === undefined) return undefined;
  const lineDownAt = record.endedAt ?? causes.find(({ type }) => type === FAR_END_LEFT)?.at;
  const wouldEndAt = wouldEnd(record, lineDownAt);
  const acted = causes.some(({ type }) => type === 'backstop_acted') && endedByUs(record);
  return {
    callId: record.id ?? record.callId,
    gateway: record.gateway,
    mode,
    closedAt: record.closedAt,
    acted,
    would: would.map(({ effect }) => effect),
    ...present({ wouldEndAt, lineDownAt, silenceMs: record.silenceAfterFarewellMs, cut: cutOf(record) }),
    ...(wouldEndAt === undefined ? {} : { overtimeMs: (lineDownAt ?? record.closedAt) - wouldEndAt }),
  };
}

/** A line that had gone before our request came was ended by its gateway, which nobody told us. */
function endedByUs({ legs }: CallRecord): boolean {
  return Object.entries(legs).some(
    ([key, { termination, attempts }]) =>
      key !== 'session' && attempts > 0 && termination !== 'already_ended',
  );
}

/**
 * The end of a goodbye of known length, where the mark would have come back; else the moment in which
 * the hangup was noted. A far end that was gone before leaves nothing to hang up.
 */
function wouldEnd(record: CallRecord, lineDownAt: number | undefined): number | undefined {
  const { endedAt, silenceAfterFarewellMs: silenceMs, would = [], timeline } = record;
  if (endedAt !== undefined && silenceMs !== undefined) return endedAt - silenceMs;
  const noted = would.find(({ effect }) => HANGUPS.has(effect))?.at;
  const at = noted ?? timeline.findLast(({ to }) => to === 'terminating')?.at;
  return at !== undefined && lineDownAt !== undefined && at >= lineDownAt ? undefined : at;
}

/** Claimed only where the goodbye is known to have been under way: a spoken one may have been over. */
function cutOf({ timeline, causes, silenceAfterFarewellMs: silenceMs }: CallRecord): Finding['cut'] {
  const left = timeline.findLast(({ to }) => to === 'terminating');
  if (left === undefined || silenceMs !== undefined || ORDERLY.test(left.cause)) return undefined;
  const told = timeline.some(({ to, cause }) => to === 'draining' && cause === 'farewell.finished');
  if (left.from !== 'farewell-speaking' && !(left.from === 'draining' && told)) return undefined;
  const near = (cause: Cause): boolean => Math.abs(cause.at - left.at) <= SAME_END_MS;
  if (causes.some((cause) => cause.type === FAR_END_LEFT && near(cause))) return undefined;
  return causes.some((cause) => cause.type === 'call.ended' && near(cause)) ? 'gateway' : 'unknown';
}

/** The carrier, the gateway and the room tell of one end within this time. */
const SAME_END_MS = 5_000;

function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
