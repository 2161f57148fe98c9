/**
 * The entry of an end function's own process: imports the author's module, runs one function at a
 * time, and tells the parent what came of it. Ends when the parent is gone.
 */
import { register } from 'node:module';
import { constants, setPriority } from 'node:os';
import type { Outcome } from '../contract/outcome.ts';
import type { EndFunction } from './define.ts';
import { describeThrown, invoke } from './invoke.ts';
import { loadEndFunctions, manifestOf } from './module-exports.ts';
import { sibling } from './own-file.ts';
import type { ChildMessage, ParentMessage } from './protocol.ts';
import { enterSandbox, SANDBOX_VARIABLE } from './sandbox.ts';
import { watchFromThread } from './watch-thread.ts';

type RunMessage = Extract<ParentMessage, { kind: 'run' }>;

const toParent = process.send?.bind(process);
// Module code must not be able to flood or imitate us; libraries that look for it see a plain process.
delete process.send;

function send(message: ChildMessage): void {
  toParent?.(message);
}

// `import … from 'onhook'` works in any folder, and in the version that runs.
const resolveOnhook = `
let own;
export const initialize = (url) => { own = url; };
export const resolve = (specifier, context, next) =>
  specifier === 'onhook' ? { url: own, shortCircuit: true } : next(specifier, context);`;
register(`data:text/javascript,${encodeURIComponent(resolveOnhook)}`, { data: sibling('define').href });

let underWay: AbortController | undefined;

function explainImport(thrown: unknown): string {
  const unknownKind = (thrown as { code?: unknown } | null)?.code === 'ERR_UNKNOWN_FILE_EXTENSION';
  const cure = '. This Node cannot run TypeScript: use Node 22.18 or newer, or compile the module to .mjs';
  return `${describeThrown(thrown)}${unknownKind ? cure : ''}`;
}

async function describe(module: string): Promise<void> {
  try {
    const found = await loadEndFunctions(module);
    send({ kind: 'described', manifests: found.map((endFunction) => manifestOf(endFunction, module)) });
  } catch (thrown) {
    send({ kind: 'undescribed', reason: explainImport(thrown) });
  }
}

async function attempt({ module, name, input }: RunMessage, signal: AbortSignal): Promise<Outcome> {
  let found: readonly EndFunction[];
  try {
    found = await loadEndFunctions(module);
  } catch (thrown) {
    return { result: 'retry', code: 'function_load_failed', detail: explainImport(thrown) };
  }
  const endFunction = found.find((candidate) => candidate.name === name);
  if (endFunction === undefined) {
    return { result: 'fatal', code: 'function_missing', detail: `its module no longer defines ${name}` };
  }
  send({ kind: 'started' });
  return invoke(endFunction, input, {
    signal,
    log: (message, fields) => send({ kind: 'log', message, ...(fields && { fields }) }),
  });
}

async function run(message: RunMessage): Promise<void> {
  const controller = new AbortController();
  underWay = controller;
  const outcome = await attempt(message, controller.signal);
  underWay = undefined;
  send({ kind: 'settled', outcome });
}

process.on('message', (message: ParentMessage) => {
  switch (message.kind) {
    case 'describe':
      return void describe(message.module);
    case 'run':
      return void run(message);
    case 'abort':
      return underWay?.abort();
  }
});
process.on('disconnect', () => process.exit());
if (process.env[SANDBOX_VARIABLE] !== undefined) enterSandbox((shows) => send({ kind: 'shown', shows }));
delete process.env[SANDBOX_VARIABLE];
watchFromThread();
// Post-call work yields to hangups, even when all of it loops.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
