/**
 * What the configuration says of a function over its own words: promotion from the sandbox, an order, a
 * condition, a budget. The version and the code stay the author's.
 */
import type { Conditions, EndFunctionManifest } from './end-function.ts';
import { EndFunctionUnknownError } from './errors.ts';
import type { RetryPolicy } from './retry-policy.ts';

export interface FunctionSettings extends Conditions {
  readonly after?: readonly string[];
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
}

/** Name → what to put over its manifest. Throws {@link EndFunctionUnknownError}. Pure. */
export function withSettings(
  manifests: readonly EndFunctionManifest[],
  settings: Readonly<Record<string, FunctionSettings>>,
): readonly EndFunctionManifest[] {
  const names = manifests.map(({ name }) => name);
  const unknown = Object.keys(settings).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new EndFunctionUnknownError(unknown, names);
  return manifests.map((manifest) => {
    const { retry, ...over } = settings[manifest.name] ?? {};
    return { ...manifest, ...over, retry: { ...manifest.retry, ...retry } };
  });
}
