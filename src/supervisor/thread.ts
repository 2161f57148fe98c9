/** Threads of a node: each runs its module as this one runs, from sources (`.ts`, through tsx) or built (`.js`). */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Log } from '../log/log.ts';

/** `onRefused`: the server does not permit an operation; nobody else says so. */
export type OpenLog = (options: unknown, onRefused?: (operation: string) => void) => Promise<Log>;

/** How a thread comes to a connection of its own. */
export interface ThreadLog {
  /** URL of a module that exports {@link OpenLog} as `openLog`. */
  readonly logModule: string;
  /** Handed to `openLog`; plain data. */
  readonly logOptions: unknown;
}

/** In the thread. Rejects as that `openLog`. */
export async function openThreadLog(
  { logModule, logOptions }: ThreadLog,
  onRefused?: Parameters<OpenLog>[1],
): Promise<Log> {
  const { openLog } = (await import(logModule)) as { readonly openLog: OpenLog };
  return openLog(logOptions, onRefused);
}

const FROM_SOURCES = import.meta.url.endsWith('.ts');

/**
 * `name` of a module beside this one, without its ending. A thread of Node 20 ignores tsx as an option: it
 * registers it itself, by its ESM build.
 */
export function startThread(name: string, workerData: unknown): Worker {
  const entry = new URL(`./${name}${FROM_SOURCES ? '.ts' : '.js'}`, import.meta.url);
  if (!FROM_SOURCES) return new Worker(entry, { workerData });
  const api = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm/api')).href.replace(
    /cjs$/,
    'mjs',
  );
  const main = JSON.stringify(entry.href);
  const boot = `import(${JSON.stringify(api)}).then(({ register }) => (register(), import(${main})))`;
  return new Worker(boot, { eval: true, execArgv: [], workerData });
}
