/** Learns which end functions there are, without importing their modules into this process. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EndFunctionManifest } from './end-function.ts';
import {
  EndFunctionAfterUnknownError,
  EndFunctionCycleError,
  EndFunctionDuplicateError,
  EndFunctionModuleError,
  NoEndFunctionError,
} from './errors.ts';
import { FunctionProcess, type Exit, type ProcessOptions } from './function-process.ts';

export interface RegistryOptions extends ProcessOptions {
  /** Where relative paths of modules begin. */
  readonly folder: string;
  /** From the start of a process to its loaded module, in ms. */
  readonly loadTimeoutMs: number;
  /** Takes secrets out of texts. */
  readonly redact: (text: string) => string;
}

/** Enough of the output for the stack of an error. */
const OUTPUT_SHOWN_CHARS = 1_000;

function explainExit(exit: Exit): string {
  if (exit.how === 'failed') return `its process did not start: ${exit.reason}`;
  return `its process ended during the import (${exit.how === 'exited' ? `exit ${exit.code}` : exit.signal})`;
}

/** The manifests of one module, asked from a process of its own that ends afterwards. */
async function describeModule(
  module: string,
  options: RegistryOptions,
): Promise<readonly EndFunctionManifest[]> {
  const child = new FunctionProcess(module, options);
  const { loadTimeoutMs } = options;
  let late = false;
  const timer = options.clock.after(loadTimeoutMs, () => {
    late = true;
    child.end();
  });
  const fail = (reason: string): EndFunctionModuleError => {
    const output = child.takeOutput().slice(-OUTPUT_SHOWN_CHARS);
    return new EndFunctionModuleError(module, options.redact(`${reason}\n${output}`).trimEnd());
  };
  try {
    return await new Promise((found, refuse) => {
      child.listen({
        message(message) {
          if (message.kind === 'described') found(message.manifests);
          if (message.kind === 'undescribed') refuse(fail(message.reason));
        },
        exit: (exit) => refuse(fail(late ? `not done after ${loadTimeoutMs} ms` : explainExit(exit))),
      });
      child.send({ kind: 'describe', module });
    });
  } finally {
    timer.cancel();
    child.listen(undefined);
    child.end();
    await child.ended;
  }
}

/**
 * The manifests of the modules (paths or file URLs), in their order. Throws `EndFunctionModuleError` and
 * `NoEndFunctionError`. Runs the top level of each module once, in a process of its own.
 */
export async function loadManifests(
  modules: readonly string[],
  options: RegistryOptions,
): Promise<readonly EndFunctionManifest[]> {
  const describe = async (path: string): Promise<readonly EndFunctionManifest[]> => {
    const module = path.startsWith('file:') ? path : pathToFileURL(resolve(options.folder, path)).href;
    const found = await describeModule(module, options);
    if (found.length === 0) throw new NoEndFunctionError(module);
    return found;
  };
  const settled = await Promise.allSettled(modules.map(describe));
  return settled.flatMap((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

/**
 * Checks what only the whole set can tell. Throws `EndFunctionDuplicateError`,
 * `EndFunctionAfterUnknownError` and `EndFunctionCycleError`. Pure.
 */
export function checkManifests(manifests: readonly EndFunctionManifest[]): void {
  const byName = new Map<string, EndFunctionManifest>();
  for (const manifest of manifests) {
    const other = byName.get(manifest.name);
    if (other) throw new EndFunctionDuplicateError(manifest.name, [other.module, manifest.module]);
    byName.set(manifest.name, manifest);
  }
  const settled = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (settled.has(name)) return;
    if (path.includes(name)) throw new EndFunctionCycleError([...path.slice(path.indexOf(name)), name]);
    for (const after of byName.get(name)?.after ?? []) {
      if (!byName.has(after)) throw new EndFunctionAfterUnknownError(name, after, [...byName.keys()]);
      visit(after, [...path, name]);
    }
    settled.add(name);
  };
  for (const name of byName.keys()) visit(name, []);
}
