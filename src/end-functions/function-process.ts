/** The parent's side of one end-function process: start, talk, listen, end. No policy. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../clock/clock.ts';
import { sibling, siblingExecArgv } from './own-file.ts';
import { RAW_TEXT_MAX_CHARS, type ChildMessage, type ParentMessage } from './protocol.ts';
import { SANDBOX_VARIABLE } from './sandbox.ts';
import { MEMORY_VARIABLE, PARENT_VARIABLE } from './watch-thread.ts';

export interface ProcessOptions {
  readonly clock: Clock;
  /** All that the process sees of our environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** JavaScript heap, MiB; the whole process may take twice as much plus {@link BASE_MEMORY_MB}. */
  readonly memoryLimitMb: number;
}

/** How a process ended. `failed`: it never started. */
export type Exit =
  | { readonly how: 'exited'; readonly code: number }
  | { readonly how: 'killed'; readonly signal: string }
  | { readonly how: 'failed'; readonly reason: string };

export interface ProcessListener {
  message(message: ChildMessage): void;
  /** Once, and no message after it. */
  exit(exit: Exit): void;
}

/** Node itself, with a TypeScript loader where sources run. */
const BASE_MEMORY_MB = 192;
const MIB = 1_048_576;
/** After the exit the last output is still in the pipe; a grandchild may hold the pipe open for ever. */
const LAST_OUTPUT_MS = 250;

export class FunctionProcess {
  /** File URL of the module whose functions run here. */
  readonly module: string;
  /** Nothing that it sends leaves. */
  readonly sandbox: boolean;
  /** Attempts so far. */
  runs = 0;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<Exit>;
  private readonly child: ChildProcess;
  private listener: ProcessListener | undefined;
  private exit: Exit | undefined;
  private output = '';

  constructor(module: string, { clock, environment, memoryLimitMb }: ProcessOptions, sandbox = false) {
    this.module = module;
    this.sandbox = sandbox;
    const memoryMaxBytes = (2 * memoryLimitMb + BASE_MEMORY_MB) * MIB;
    this.child = fork(fileURLToPath(sibling('child')), [], {
      execArgv: [...siblingExecArgv(), `--max-old-space-size=${memoryLimitMb}`],
      env: {
        ...environment,
        [MEMORY_VARIABLE]: String(memoryMaxBytes),
        [PARENT_VARIABLE]: String(process.pid),
        ...(sandbox && { [SANDBOX_VARIABLE]: '1' }),
      },
      silent: true,
      // A process group of its own: what the function started ends with it, and Ctrl-C is ours to handle.
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-RAW_TEXT_MAX_CHARS);
      });
    }
    this.child.on('message', (message) => this.listener?.message(message as ChildMessage));
    this.ended = this.awaitEnd(clock);
  }

  get alive(): boolean {
    return this.exit === undefined;
  }

  /** Replaces the listener; `undefined` = nobody listens. A process that already ended tells it at once. */
  listen(listener: ProcessListener | undefined): void {
    this.listener = listener;
    if (this.exit !== undefined) listener?.exit(this.exit);
  }

  /** Messages to a process that has ended are lost; its exit tells. */
  send(message: ParentMessage): void {
    this.child.send(message, () => undefined);
  }

  /** The end of what it wrote to stdout and stderr since the last call. */
  takeOutput(): string {
    const text = this.output;
    this.output = '';
    return text;
  }

  /** Ends it, and what it started, with SIGKILL: it may be blocked. May be called twice. */
  end(): void {
    const { pid } = this.child;
    if (pid === undefined || !this.alive) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The group is gone already.
    }
  }

  private awaitEnd(clock: Clock): Promise<Exit> {
    return new Promise((resolve) => {
      const conclude = (exit: Exit): void => {
        if (this.exit !== undefined) return;
        this.exit = exit;
        this.listener?.exit(exit);
        resolve(exit);
      };
      this.child.on('error', (error) => {
        if (this.child.pid === undefined) conclude({ how: 'failed', reason: error.message });
      });
      this.child.on('exit', (code, signal) => {
        const exit: Exit = signal === null ? { how: 'exited', code: code ?? 0 } : { how: 'killed', signal };
        this.end();
        const timer = clock.after(LAST_OUTPUT_MS, () => conclude(exit));
        this.child.on('close', () => {
          timer.cancel();
          conclude(exit);
        });
      });
    });
  }
}
