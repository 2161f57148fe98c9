/** Processes of a benchmark: each exposes a few methods, the runner calls them over Node's own channel. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Methods take one argument and answer with what survives structured cloning. */
export type Methods = { readonly [name: string]: (argument: never) => unknown };

interface Request {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** CPU of this process so far, in ms; every child answers it. */
const common = {
  cpuMs: (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
};

/** In the child: answers calls until the runner goes away. */
export function expose(methods: Methods): void {
  const all: Methods = { ...common, ...methods };
  process.on('message', (request: Request) => {
    void (async () => {
      const reply: Reply = await Promise.resolve()
        .then(() => all[request.method]?.(request.argument as never))
        .then((value) => ({ id: request.id, value }))
        .catch((error: unknown) => ({ id: request.id, error: String(error) }));
      process.send?.(reply);
    })();
  });
  process.on('disconnect', () => process.exit(0));
}

/** The child failed or ended; the message is its own. */
export class ChildFailed extends Error {
  readonly code = 'bench_child_failed';
}

/** In the runner: one child. `T` are the methods it exposes. */
export class Child<T extends Methods> {
  private readonly process: ChildProcess;
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private calls = 0;

  constructor(file: string, nodeOptions: readonly string[] = []) {
    this.process = fork(file, [], {
      execArgv: [...nodeOptions],
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.process.on('message', (reply: Reply) => {
      this.waiting.get(reply.id)?.(reply);
      this.waiting.delete(reply.id);
    });
    this.process.on('exit', () => {
      for (const [id, settle] of this.waiting) settle({ id, error: `${file} ended` });
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  call<K extends keyof (T & typeof common) & string>(
    method: K,
    argument?: Parameters<(T & typeof common)[K]>[0],
  ): Promise<Awaited<ReturnType<(T & typeof common)[K]>>> {
    this.calls += 1;
    const id = this.calls;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ value, error }) => {
        if (error === undefined) resolve(value as Awaited<ReturnType<(T & typeof common)[K]>>);
        else reject(new ChildFailed(error));
      });
      this.process.send({ id, method, argument } satisfies Request);
    });
  }

  /** SIGKILL: what a crash leaves. Resolves once it is gone; may run twice. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }
}

/** Ms on the clock that all processes of this machine share. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
