/**
 * The port of the post-call work: what the rest of onhook knows of an end function. Each `run` is ONE
 * attempt; attempts, waits and budgets are facts of the log and are decided elsewhere.
 */
import type { JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { RetryPolicy } from './retry-policy.ts';

export type { RetryPolicy } from './retry-policy.ts';

/** The values that a path must have: one of a list, the one given, or any at all. */
export type Wanted = ConditionValue | readonly ConditionValue[] | { readonly present: boolean };

export type ConditionValue = string | number | boolean;

/**
 * When a function starts, and whether. Paths: `state.<key>…`, `call.<field>…` of the record so far,
 * `functions.<name>.output…`, `functions.<name>.status`, `transcript`.
 */
export interface Conditions {
  /** Waited for at most `inputsWaitMs`, then named in `missing`: never sent as a blank (field rule 55). */
  readonly inputs?: readonly string[];
  /** In ms, from the moment the function could start otherwise. */
  readonly inputsWaitMs?: number;
  /** All must hold, else the function is skipped with the path as its reason. */
  readonly onlyIf?: Readonly<Record<string, Wanted>>;
  /** `sandbox`: its outgoing requests are shown in the log and not sent. Default `live`. */
  readonly environment?: 'live' | 'sandbox';
}

/** What is known of an end function without running it. JSON: a claim carries it (log rule 11). */
export interface EndFunctionManifest extends Conditions {
  readonly name: string;
  /** As text, so that `1` and `'1'` are the same version. */
  readonly version: string;
  /** One attempt, in ms, counted from the moment the module is loaded. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** Functions that must be decided (succeeded, dead-lettered or skipped) before this one starts. */
  readonly after: readonly string[];
  /** File URL of its module; `onhook:webhook` for the shipped one. */
  readonly module: string;
}

export interface TranscriptLine {
  readonly role: string;
  readonly text: string;
  readonly at?: string | number;
}

/** Everything that one attempt is given, as JSON. */
export interface EndFunctionInput {
  /** The call record so far. */
  readonly call: JsonObject;
  /** The call state that `state.patched` events built. */
  readonly state: JsonObject;
  readonly transcript: readonly TranscriptLine[];
  /** The same over all attempts, owners and processes (log rule 31). */
  readonly idempotencyKey: string;
  /** 1 = the first. */
  readonly attempt: number;
  /** Declared inputs that did not come in time; empty when all are there. */
  readonly missing: readonly string[];
  /** Set on the run that an earlier one asked for with `runAgainAt`: that instant, ms since the epoch. */
  readonly scheduledFor?: number;
}

export interface RunOptions {
  /** At most this long, in ms; the manifest's own `timeoutMs` when left out. */
  readonly timeoutMs?: number;
  /** Shows what it would send, and sends nothing. Default: as its manifest says. */
  readonly sandbox?: boolean;
  /** Gives the attempt up: its process is ended, the outcome is `retry` with `function_cancelled`. */
  readonly signal: AbortSignal;
}

export interface EndFunctions {
  /** In the order of their modules, the shipped webhook last. */
  manifests(): readonly EndFunctionManifest[];
  /**
   * One attempt. Never rejects: results are `done` (with `data.output` and `data.disposition` where the
   * function returned them), `retry` and `fatal`. May run twice: the function is given the same
   * idempotency key.
   */
  run(name: string, input: EndFunctionInput, options: RunOptions): Promise<Outcome>;
  /** Ends every process; attempts under way settle as `function_cancelled`. May be called twice. */
  close(): Promise<void>;
}
