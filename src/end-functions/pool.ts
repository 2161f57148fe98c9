/**
 * The processes of one end function: at most so many, one attempt at a time in each, kept while healthy.
 */
import { FunctionProcess, type ProcessOptions } from './function-process.ts';

/** Slow leaks end with the process. */
const RUNS_PER_PROCESS_MAX = 100;

export class ProcessPool {
  private readonly options: ProcessOptions;
  private readonly processesMax: number;
  private readonly processes = new Set<FunctionProcess>();
  private readonly idle = new Set<FunctionProcess>();
  private waiting: (() => void)[] = [];
  private closed = false;

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
    const keep = reusable && child.alive && !this.closed && child.runs < RUNS_PER_PROCESS_MAX;
    if (keep) this.idle.add(child);
    else this.retire(child);
    this.wake();
  }

  /** Ends every process, busy ones too, and waits until they have ended. */
  async close(): Promise<void> {
    this.closed = true;
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
    if (this.processes.size >= this.processesMax) {
      const [other] = this.idle;
      if (other === undefined) return undefined;
      this.retire(other);
    }
    const child = new FunctionProcess(module, this.options, sandbox);
    this.processes.add(child);
    void child.ended.then(() => this.forget(child));
    return child;
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
