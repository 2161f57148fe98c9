/**
 * What every shipped function has in common: it says what it would send, then sends it once, bounded in
 * time. They run in this process, since all of their code is ours; in the sandbox they only say.
 */
import type { Clock } from '../../clock/clock.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { EndFunctionInput, EndFunctionManifest, RunOptions } from '../end-function.ts';
import { linkedAbort } from '../linked-abort.ts';
import { outcomeOfFailure } from './request.ts';

/** One thing to send. */
export interface Delivery {
  /** For people, in the sandbox: where to and what. Holds no secret. */
  readonly shows: JsonObject;
  /** Sends it once. May throw what the transport throws. */
  readonly send: (signal: AbortSignal) => Promise<Outcome>;
}

export interface ShippedDefinition {
  readonly manifest: EndFunctionManifest;
  /** What this input leads to: something to send, or an outcome without sending. Does not throw. */
  prepare(input: EndFunctionInput): Delivery | Outcome;
  /** May run twice. */
  close(): Promise<void>;
}

export interface ShippedFunction {
  readonly manifest: EndFunctionManifest;
  /** One attempt; never rejects. May run twice: the idempotency key travels with what is sent. */
  run(input: EndFunctionInput, options: RunOptions): Promise<Outcome>;
  close(): Promise<void>;
}

export interface ShippedParts {
  readonly clock: Clock;
  /** Told what a function in the sandbox would have sent. */
  readonly onShow: (shows: JsonObject, manifest: EndFunctionManifest, input: EndFunctionInput) => void;
}

/** Bounds a definition in time, and keeps it from sending in the sandbox. */
export function createShipped(
  definition: ShippedDefinition,
  { clock, onShow }: ShippedParts,
): ShippedFunction {
  const { manifest } = definition;
  return {
    manifest,
    async run(input, { timeoutMs = manifest.timeoutMs, signal, sandbox = false }) {
      const prepared = definition.prepare(input);
      if (!('send' in prepared)) return prepared;
      if (sandbox) {
        onShow(prepared.shows, manifest, input);
        return { result: 'done', data: { output: { sandbox: prepared.shows } } };
      }
      return bounded(clock, timeoutMs, signal, prepared.send);
    },
    close: () => definition.close(),
  };
}

async function bounded(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
  send: Delivery['send'],
): Promise<Outcome> {
  const { controller, release } = linkedAbort(signal);
  let late = false;
  const timer = clock.after(timeoutMs, () => {
    late = true;
    controller.abort();
  });
  try {
    return await send(controller.signal);
  } catch (error) {
    return outcomeOfFailure(error, late, signal);
  } finally {
    timer.cancel();
    release();
  }
}

const DEFAULT_RETRY = { maxAttempts: 5, initialMs: 1_000, maxMs: 60_000, factor: 2 };

/** A shipped function's manifest with the defaults of all functions. */
export function shippedManifest(
  name: string,
  timeoutMs: number,
  more: Partial<EndFunctionManifest> = {},
): EndFunctionManifest {
  return {
    name,
    version: '1',
    timeoutMs,
    retry: DEFAULT_RETRY,
    after: [],
    module: `onhook:${name}`,
    ...more,
  };
}
