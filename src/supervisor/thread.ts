/** Threads of a node: each runs its module as this one runs, from sources (`.ts`, through tsx) or built (`.js`). */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

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
