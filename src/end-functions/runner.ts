/** Runs end functions in processes of their own: a function that hangs, throws, exits or leaks harms nobody else. */
import type { Clock } from '../clock/clock.ts';
import type { Outcome } from '../contract/outcome.ts';
import { cancelled, runAttempt, type FunctionLog, type Invocation } from './attempt.ts';
import { describeThrown } from './invoke.ts';
import { linkedAbort } from './linked-abort.ts';
import { ProcessPool } from './pool.ts';

export interface RunnerLimits {
  /**
   * Processes of each function at once. Default 4: post-call work is mostly waiting, and hangups need
   * the machine too.
   */
  readonly maxProcesses?: number;
  /** JavaScript heap of each process, MiB. Default 256. */
  readonly memoryLimitMb?: number;
  /** From the start of a process to its loaded module, in ms. Default 15 000: a cold disk, a large SDK. */
  readonly loadTimeoutMs?: number;
  /** From the abort of a function's signal to the end of its process, in ms. Default 1 000. */
  readonly killGraceMs?: number;
}

export interface RunnerOptions extends RunnerLimits {
  readonly clock: Clock;
  /** All that the functions see of our environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Takes secrets out of texts. */
  readonly redact: (text: string) => string;
  readonly onLog: (line: FunctionLog) => void;
}

export interface Runner {
  /**
   * One attempt; waits for a free process first. Never rejects.
   * `done`; `retry` with `function_threw`, `function_timeout`, `function_load_timeout`,
   * `function_load_failed`, `function_exited`, `function_killed`, `function_not_started`,
   * `function_cancelled`; `fatal` with `function_terminal`, `function_missing`, `function_flooded`,
   * `function_output_too_large`, `function_output_invalid`, `function_disposition_invalid`,
   * `function_schedule_invalid`.
   */
  run(invocation: Invocation, options: { readonly signal: AbortSignal }): Promise<Outcome>;
  /** Ends every process; attempts under way settle as `function_cancelled`. May be called twice. */
  close(): Promise<void>;
}

export const DEFAULT_MEMORY_LIMIT_MB = 256;
export const DEFAULT_LOAD_TIMEOUT_MS = 15_000;

/** No process is started before the first run. */
export function createRunner(options: RunnerOptions): Runner {
  const { clock, environment, maxProcesses = 4, memoryLimitMb = DEFAULT_MEMORY_LIMIT_MB } = options;
  const { redact, onLog, loadTimeoutMs = DEFAULT_LOAD_TIMEOUT_MS, killGraceMs = 1_000 } = options;
  // Each function has its own: one that hangs holds up no other, not even of its module.
  const pools = new Map<string, ProcessPool>();
  const poolOf = ({ module, name }: Invocation): ProcessPool => {
    const key = `${module}#${name}`;
    const pool = pools.get(key) ?? new ProcessPool(maxProcesses, { clock, environment, memoryLimitMb });
    pools.set(key, pool);
    return pool;
  };
  let closed = false;
  const underWay = new Set<AbortController>();
  return {
    async run(invocation, { signal: givenUp }) {
      if (closed) return cancelled;
      const pool = poolOf(invocation);
      const { controller, release } = linkedAbort(givenUp);
      const { signal } = controller;
      underWay.add(controller);
      try {
        const child = await pool.acquire(invocation.module, invocation.sandbox === true, signal);
        if (child === undefined) return cancelled;
        const bounds = { loadTimeoutMs, killGraceMs };
        const end = await runAttempt(child, invocation, { clock, signal, redact, onLog, ...bounds });
        pool.release(child, end.reusable);
        return end.outcome;
      } catch (error) {
        return { result: 'retry', code: 'function_not_started', detail: describeThrown(error) };
      } finally {
        release();
        underWay.delete(controller);
      }
    },
    async close() {
      for (const controller of underWay) controller.abort();
      closed = true;
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}
