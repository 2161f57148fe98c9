/** What became different between two moments, field by field. */

export interface Change {
  readonly name: string;
  readonly kind: 'added' | 'removed' | 'changed' | 'same';
  readonly text: string;
}

/** First what is there now, then what is gone. A name that holds an instant is told as new or gone. */
export function changesBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Change[] {
  const told = (name: string, text: string): string => (/[@#]/.test(name) ? text : `${name}: ${text}`);
  const present = [...after].map(([name, text]): Change => {
    const was = before.get(name);
    if (was === undefined) return { name, kind: 'added', text: told(name, text) };
    const same = was === text || /[@#]/.test(name);
    return { name, kind: same ? 'same' : 'changed', text: told(name, same ? text : `${was} → ${text}`) };
  });
  const gone = [...before]
    .filter(([name]) => !after.has(name))
    .map(([name, text]): Change => ({ name, kind: 'removed', text: told(name, text) }));
  return [...present, ...gone];
}
