/** Instants as other formats write them. Pure: nothing here reads a clock. */

/** The instant as the `Date` that a library asks for; its `toISOString()` is the RFC 3339 text. */
export function dateOf(atMs: number): Date {
  return new Date(atMs);
}

/** Ms since the epoch of an RFC 3339 or HTTP date, or undefined when the text is neither. */
export function parseInstant(text: string): number | undefined {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}
