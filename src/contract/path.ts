/** Paths into what a call knows: `state.customer.name`, `call.endReason`, `functions.summary.output.text`. */
import type { Json } from './json.ts';

/** First key of a path → where it leads. Called only when a path asks for it. */
export type Roots = Readonly<Record<string, () => unknown>>;

/** Own keys only, so that a path of a configuration reaches data and nothing else. Pure. */
export function lookUp(roots: Roots, path: string): Json | undefined {
  const [root = '', ...keys] = path.split('.');
  const start: unknown = Object.hasOwn(roots, root) ? roots[root]?.() : undefined;
  return keys.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined,
    start,
  ) as Json | undefined;
}

/** Absent, null, an empty text or an empty list: nothing that may be sent as if it were known. */
export function isBlank(value: Json | undefined): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

export type Filled = { readonly text: string } | { readonly missing: readonly string[] };

const PLACE = /\{([A-Za-z][A-Za-z0-9_.-]*)\}/g;

/** Puts values in the place of `{path}`. What is blank is named, never filled with nothing. Pure. */
export function fillIn(template: string, roots: Roots): Filled {
  const missing: string[] = [];
  const text = template.replace(PLACE, (_place, path: string) => {
    const value = lookUp(roots, path);
    if (isBlank(value)) missing.push(path);
    return typeof value === 'string' ? value : JSON.stringify(value ?? '');
  });
  return missing.length === 0 ? { text } : { missing };
}
