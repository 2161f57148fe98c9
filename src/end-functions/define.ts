/**
 * What an author of end functions imports from `onhook`. Runs in the function's own process; a plain
 * object of the same shape, exported by a module, is treated as if it had gone through here.
 */
import { z } from 'zod';
import type { Json, JsonObject } from '../contract/json.ts';
import type { Conditions, EndFunctionInput, RetryPolicy, Wanted } from './end-function.ts';
import { EndFunctionInvalidError } from './errors.ts';

/** Given to `run`; everything in it that is data is frozen. */
export interface EndFunctionContext extends EndFunctionInput {
  /** Aborts when the time is up or the attempt was given up. A process that does not react is ended. */
  readonly signal: AbortSignal;
  /** One line in onhook's log: at most 200 lines of 4 KiB an attempt, more are dropped. Never throws. */
  log(message: string, fields?: JsonObject): void;
}

/** What `run` may return. Anything else that it returns is ignored. */
export interface EndFunctionResult {
  /** Kept in the call record: JSON of at most 64 KiB, at most 16 levels deep. */
  readonly output?: Json;
  /** The business outcome of the call, as in the call record. */
  readonly disposition?: { readonly code: string; readonly detail?: string };
  /**
   * Runs the function once more then, with `scheduledFor` and an idempotency key of its own, also after
   * a restart: an instant within 14 days (Date, ISO 8601 text, or ms since the epoch). That run's own
   * `runAgainAt` is ignored.
   */
  readonly runAgainAt?: Date | string | number;
}

export interface EndFunctionDefinition {
  /** `[a-z][a-z0-9-]{0,63}`, unique among the functions of one onhook. */
  readonly name: string;
  /** Part of the idempotency key's history: raise it when the meaning of the function changes. */
  readonly version: string | number;
  /** One attempt, ms. Default 30 000. */
  readonly timeoutMs?: number;
  /** Defaults: 5 attempts, 1 s doubling to 60 s. */
  readonly retry?: Partial<RetryPolicy>;
  /** Names of functions that must be decided before this one starts; the others run in parallel. */
  readonly after?: readonly string[];
  /**
   * What it needs: `state.<key>`, `call.<field>`, `functions.<name>.output.<key>`, `transcript`. Waited for
   * up to `inputsWaitMs`; what did not come by then is named in `missing` and is never a blank.
   */
  readonly inputs?: readonly string[];
  /** Ms. Default 10 000: recordings and analyses of other systems take seconds. At most an hour. */
  readonly inputsWaitMs?: number;
  /** Path → the value, the list of values, or `{present: boolean}`; one that fails skips the function. */
  readonly onlyIf?: Readonly<Record<string, Wanted>>;
  /** `sandbox`: outgoing requests are shown in the log and not sent. Default `live`. */
  readonly environment?: 'live' | 'sandbox';
  /**
   * Runs at least once per call, with the same `idempotencyKey` each time: pass it on to every system
   * you write to. Throwing is tried again; throwing a {@link TerminalError} is not.
   */
  run(
    context: EndFunctionContext,
  ): EndFunctionResult | undefined | void | Promise<EndFunctionResult | undefined | void>;
}

/** A checked definition with every default filled in. */
export interface EndFunction extends Conditions {
  readonly name: string;
  readonly version: string;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly after: readonly string[];
  readonly run: EndFunctionDefinition['run'];
}

/** Throw it from `run` when trying again cannot help: the function goes to the dead letters at once. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** Post-call work has minutes, not hours: longer work belongs in a workflow that the function starts. */
const TIMEOUT_MAX_MS = 3_600_000;
const DAY_MS = 86_400_000;

const nameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be a-z, 0-9 and -, begin with a letter, at most 64');

/** Where an input or a condition looks. Deeper than eight keys is a mistake. */
const pathSchema = z
  .string()
  .regex(
    /^(transcript|(state|call|functions)(\.[A-Za-z0-9_-]{1,64}){1,8})$/,
    'must be transcript, or begin with state., call. or functions.',
  );

const valueSchema = z.union([z.string().max(1_024), z.number(), z.boolean()]);
const wantedSchema = z.union([
  valueSchema,
  z.array(valueSchema).min(1).max(64),
  z.strictObject({ present: z.boolean() }),
]);

const waitSchema = z.int().min(1).max(DAY_MS);

const retrySchema = z
  .strictObject({
    maxAttempts: z.int().min(1).max(100).default(5),
    initialMs: waitSchema.default(1_000),
    maxMs: waitSchema.default(60_000),
    factor: z.number().min(1).max(10).default(2),
  })
  .refine((retry) => retry.initialMs <= retry.maxMs, 'initialMs must not be above maxMs');

const conditionsSchema = {
  inputs: z.array(pathSchema).max(16).exactOptional(),
  inputsWaitMs: z.int().min(0).max(TIMEOUT_MAX_MS).exactOptional(),
  onlyIf: z
    .record(pathSchema, wantedSchema)
    .refine((paths) => Object.keys(paths).length <= 16, 'must have at most 16 paths')
    .exactOptional(),
  environment: z.enum(['live', 'sandbox']).exactOptional(),
};

const definitionSchema = z.strictObject({
  name: nameSchema,
  version: z.union([z.string().min(1).max(64), z.number()]).transform(String),
  timeoutMs: z.int().min(1).max(TIMEOUT_MAX_MS).default(30_000),
  retry: retrySchema.prefault({}),
  // `end_function` is the one name with an underscore.
  after: z.array(z.union([nameSchema, z.literal('end_function')])).default([]),
  ...conditionsSchema,
  run: z.custom<EndFunction['run']>((value) => typeof value === 'function', 'must be a function'),
});

/**
 * Checks a definition and fills in its defaults. Throws {@link EndFunctionInvalidError} naming every
 * field that is wrong. Pure; may run twice.
 */
export function defineEndFunction(definition: EndFunctionDefinition): EndFunction {
  const parsed = definitionSchema.safeParse(definition);
  if (!parsed.success) throw new EndFunctionInvalidError(z.prettifyError(parsed.error));
  return Object.freeze(parsed.data);
}
