/**
 * The processes of one end function: at most so many, one attempt at a time in each, kept while healthy.
 */
import type { TimerHandle } from '../clock/clock.ts';
import { FunctionProcess, type ProcessOptions } from './function-process.ts';

/** Slow leaks end with the process, fast ones at its memory limit. A start makes whoever waits wait up to a second. */
const RUNS_PER_PROCESS_MAX = 1_000;
/**
 * Starting a process costs more CPU than most functions do: one whose processes die one after another
 * must not take the machine from the others. From the second death in a row on the next start waits,
 * twice as long each time; a healthy end forgets it.
 */
const REST_MIN_MS = 50;
const REST_MAX_MS = 1_000;

export class ProcessPool {
  private readonly options: ProcessOptions;
  private readonly processesMax: number;
  private readonly processes = new Set<FunctionProcess>();
  private readonly idle = new Set<FunctionProcess>();
  private waiting: (() => void)[] = [];
  private closed = false;
  /** Processes in a row that did not end an attempt well. */
  private deaths = 0;
  /** Monotonic ms of the last start. */
  private startedAt = 0;
  private rest: TimerHandle | undefined;

  constructor(processesMax: number, options: ProcessOptions) {
    this.processesMax = processesMax;
    this.options = options;
  }

  /**
   * A process for this module, in or out of the sandbox, reused or new; waits its turn while all are
   * busy. Undefined once the signal aborts or the pool is closed. Throws what starting a process throws.
   */
  async acquire(module: string, sandbox: boolean, signal: AbortSignal): Promise<FunctionProcess | undefined> {
    signal.addEventListener('abort', this.wake, { once: true });
    try {
      while (!this.closed && !signal.aborted) {
        const free = this.take(module, sandbox);
        if (free !== undefined) return free;
        await new Promise<void>((resolve) => this.waiting.push(resolve));
      }
      return undefined;
    } finally {
      signal.removeEventListener('abort', this.wake);
    }
  }

  /** Gives a process back; one that is not reusable is ended. */
  release(child: FunctionProcess, reusable: boolean): void {
    const healthy = reusable && child.alive;
    this.deaths = healthy ? 0 : this.deaths + 1;
    const keep = healthy && !this.closed && child.runs < RUNS_PER_PROCESS_MAX;
    if (keep) this.idle.add(child);
    else this.retire(child);
    this.wake();
  }

  /** Ends every process, busy ones too, and waits until they have ended. */
  async close(): Promise<void> {
    this.closed = true;
    this.rest?.cancel();
    const all = [...this.processes];
    for (const child of all) this.retire(child);
    this.wake();
    await Promise.all(all.map((child) => child.ended));
  }

  private take(module: string, sandbox: boolean): FunctionProcess | undefined {
    const fits = (child: FunctionProcess): boolean => child.module === module && child.sandbox === sandbox;
    const same = [...this.idle].find((child) => fits(child) && child.alive);
    if (same !== undefined) {
      this.idle.delete(same);
      return same;
    }
    const [other] = this.idle;
    const isFull = this.processes.size >= this.processesMax;
    if ((isFull && other === undefined) || this.isResting()) return undefined;
    if (isFull && other !== undefined) this.retire(other);
    this.startedAt = this.options.clock.monotonic();
    const child = new FunctionProcess(module, this.options, sandbox);
    this.processes.add(child);
    void child.ended.then(() => this.forget(child));
    return child;
  }

  /** Whoever waits is woken when it is over. */
  private isResting(): boolean {
    if (this.deaths < 2) return false;
    const { clock } = this.options;
    const restMs = Math.min(REST_MIN_MS * 2 ** (this.deaths - 2), REST_MAX_MS);
    const leftMs = this.startedAt + restMs - clock.monotonic();
    this.rest?.cancel();
    if (leftMs > 0) this.rest = clock.after(leftMs, this.wake);
    return leftMs > 0;
  }

  private retire(child: FunctionProcess): void {
    child.end();
    this.forget(child);
  }

  private forget(child: FunctionProcess): void {
    this.processes.delete(child);
    this.idle.delete(child);
    this.wake();
  }

  /** All look again, in the order in which they came. */
  private readonly wake = (): void => {
    const woken = this.waiting;
    this.waiting = [];
    for (const resume of woken) resume();
  };
}
