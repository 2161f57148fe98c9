/** Finds the end functions that a module exports. Importing runs the author's code: only in a child process. */
import { defineEndFunction, type EndFunction, type EndFunctionDefinition } from './define.ts';
import type { EndFunctionManifest } from './end-function.ts';

function isDefinition(value: unknown): value is EndFunctionDefinition {
  return value !== null && typeof value === 'object' && 'run' in value && 'name' in value;
}

/** A function named `end_function` is taken as it is, with the defaults. */
function fromBareFunction(run: EndFunction['run']): EndFunction {
  return {
    ...defineEndFunction({ name: 'end-function', version: 1, run: () => undefined }),
    name: 'end_function',
    run,
  };
}

/**
 * Imports the module at the file URL `module`. Throws what the import throws, and
 * `EndFunctionInvalidError` for a definition that is not valid. Imported once per process.
 */
export async function loadEndFunctions(module: string): Promise<readonly EndFunction[]> {
  const exported = (await import(module)) as Record<string, unknown>;
  const definitions = new Set(Object.values(exported).filter(isDefinition));
  const found = [...definitions].map((definition) => defineEndFunction(definition));
  const bare = exported['end_function'];
  return typeof bare === 'function' ? [...found, fromBareFunction(bare as EndFunction['run'])] : found;
}

/** What is told about a function outside its process. */
export function manifestOf(endFunction: EndFunction, module: string): EndFunctionManifest {
  const { run: _run, ...declared } = endFunction;
  return { ...declared, module };
}
