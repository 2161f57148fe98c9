/**
 * What only the final account needs, kept beside the machine: causes, timeline, attempts, transcript,
 * call state, the ledger of end functions. Pure: each function says what changes, if anything does.
 */
import type { FunctionStatus } from '../../machines/call/context.ts';
import type { Json, JsonObject } from '../contract/json.ts';

/** Causes kept per call; more are counted (contract, call record). */
const CAUSES_MAX = 64;
/** Call state, in bytes of JSON (contract, envelope). */
const STATE_MAX_BYTES = 65_536;
/** Transcript lines kept in memory per call: some hours of talk; the log keeps all. */
const TRANSCRIPT_MAX = 2_000;
/** Late facts of one call, in bytes of JSON: some hundred lines of a transcript. */
const LATE_MAX_BYTES = 65_536;
/** Notes of what would have been done: a paused day of one call. */
const WOULD_MAX = 64;

/** The run that a function asked for with `runAgainAt`. */
export interface FollowUp {
  /** When it is due, ms since the epoch. */
  readonly at: number;
  readonly status: 'scheduled' | 'succeeded' | 'dead_lettered';
  readonly attempts: number;
  readonly endedAt?: number;
  readonly output?: Json;
  readonly error?: string;
}

export interface FunctionLedger {
  readonly version: string;
  readonly status: FunctionStatus;
  readonly attempts: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly reason?: string;
  readonly output?: Json;
  readonly error?: string;
  /** Declared inputs that had not come when it started. */
  readonly missing?: readonly string[];
  /** What ran, where the pinned version was not there any more (log rule 11). */
  readonly ranVersion?: string;
  readonly followUp?: FollowUp;
}

/** What came after the settle window (field rule 54). */
export interface LateFact {
  readonly at: number;
  readonly type: string;
  readonly data: JsonObject;
}

export interface Account {
  readonly id?: string;
  /** The gateway's process that started the call. */
  readonly instance?: string;
  /** Of `call.started`: the gateway's own span, in whose trace this call is told. */
  readonly traceparent?: string;
  readonly provider: string;
  readonly from?: string;
  readonly to?: string;
  readonly answeredAt?: number;
  readonly closedAt?: number;
  readonly causes: readonly { readonly at: number; readonly type: string; readonly detail?: string }[];
  readonly causesDropped: number;
  readonly endAttempts: readonly {
    readonly attempt: number;
    readonly by: string;
    readonly outcome: string;
  }[];
  readonly timeline: readonly {
    readonly at: number;
    readonly from: string;
    readonly to: string;
    readonly cause: string;
  }[];
  /** Leg key → requests made. */
  readonly legAttempts: Readonly<Record<string, number>>;
  readonly functions: Readonly<Record<string, FunctionLedger>>;
  readonly disposition?: { readonly code: string; readonly detail?: string };
  readonly state: JsonObject;
  readonly stateRefused?: boolean;
  readonly transcript: readonly {
    readonly role: string;
    readonly text: string;
    readonly at?: string | number;
  }[];
  readonly would: readonly { readonly effect: string; readonly at: number; readonly cause: string }[];
  /** When the goodbye was over, by the echo of its mark. */
  readonly farewellEndedAt?: number;
  readonly emergency?: boolean;
  readonly late?: readonly LateFact[];
  /** Late facts beyond what a record can hold. */
  readonly lateDropped?: number;
  /** Versions of the record that were acknowledged. */
  readonly recordVersion: number;
  /** Something changed while a version was on its way. */
  readonly amended?: boolean;
}

/** The fields that change, with their new values. */
export type Change = Partial<Account>;

export function addCause(account: Account, at: number, type: string, detail?: string): Change {
  if (account.causes.length >= CAUSES_MAX) return { causesDropped: account.causesDropped + 1 };
  const cause = { at, type, ...(detail === undefined ? {} : { detail }) };
  return { causes: [...account.causes, cause] };
}

export function addWould(account: Account, effect: string, at: number, cause: string): Change | undefined {
  if (account.would.length >= WOULD_MAX) return undefined;
  return { would: [...account.would, { effect, at, cause }] };
}

export function addTranscript(account: Account, line: Account['transcript'][number]): Change {
  const kept = account.transcript.length >= TRANSCRIPT_MAX ? account.transcript.slice(1) : account.transcript;
  return { transcript: [...kept, line] };
}

export function addLate(account: Account, fact: LateFact): Change {
  const late = [...(account.late ?? []), fact];
  const fits = Buffer.byteLength(JSON.stringify(late)) <= LATE_MAX_BYTES;
  return fits ? { late } : { lateDropped: (account.lateDropped ?? 0) + 1 };
}

export function countLegAttempt(account: Account, leg: string, attempt: number): Change | undefined {
  const known = account.legAttempts[leg] ?? 0;
  return attempt <= known ? undefined : { legAttempts: { ...account.legAttempts, [leg]: attempt } };
}

export function updateFunction(
  account: Account,
  name: string,
  change: Partial<FunctionLedger>,
): Change | undefined {
  const ledger = account.functions[name];
  if (ledger === undefined) return undefined;
  return { functions: { ...account.functions, [name]: { ...ledger, ...change } } };
}

/** What a run does not have; a later run may have it. */
export function noteInputs(account: Account, name: string, missing: readonly string[]): Change | undefined {
  const known = account.functions[name];
  if (known === undefined || (missing.length === 0 && known.missing === undefined)) return undefined;
  const { missing: _before, ...rest } = known;
  const ledger = missing.length === 0 ? rest : { ...rest, missing };
  return { functions: { ...account.functions, [name]: ledger } };
}

/** Late or not, a success leaves no error behind. */
export function functionSucceeded(account: Account, name: string, at: number): Change | undefined {
  const { [name]: ledger } = account.functions;
  if (ledger === undefined) return undefined;
  const { error: _overcome, ...rest } = ledger;
  const succeeded: FunctionLedger = { ...rest, status: 'succeeded', endedAt: at };
  return { functions: { ...account.functions, [name]: succeeded } };
}

export function startEndAttempt(account: Account, attempt: number, by: string): Change {
  return { endAttempts: [...account.endAttempts, { attempt, by, outcome: 'accepted' }] };
}

export function concludeEndAttempt(account: Account, attempt: number, outcome: string): Change {
  const endAttempts = account.endAttempts.map((entry) =>
    entry.attempt === attempt && entry.outcome === 'accepted' ? { ...entry, outcome } : entry,
  );
  return { endAttempts };
}

/** RFC 7396 merge; a patch beyond 64 KiB is refused and flagged. */
export function patchState(account: Account, patch: JsonObject): Change {
  const state = mergePatch(account.state, patch);
  const fits = Buffer.byteLength(JSON.stringify(state)) <= STATE_MAX_BYTES;
  return fits ? { state } : { stateRefused: true };
}

function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (key === '__proto__') continue;
    if (value === null) delete merged[key];
    else if (isObject(value)) merged[key] = mergePatch(isObject(merged[key]) ? merged[key] : {}, value);
    else merged[key] = value;
  }
  return merged;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The way through the states. `closed` is not kept: the record that says it is what leads there. */
export function addPassage(account: Account, passage: Account['timeline'][number]): Change {
  return { timeline: [...account.timeline, passage] };
}
