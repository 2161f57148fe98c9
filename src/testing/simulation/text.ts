/** Fields of JSON as text, for comparisons and messages. */
import type { Json } from '../../contract/json.ts';

/** A text as it is, anything else as its JSON; a missing field is empty. */
export function textOf(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
