/**
 * One setting of the schema: its type with what `config print`, the JSON Schema and the documentation
 * say about it. It is registered last, since zod knows the outermost wrapper only.
 */
import { z } from 'zod';
import { Secret } from './secret.ts';

export interface FieldMeta {
  readonly description: string;
  /** Why the default is what it is. */
  readonly reason: string;
  /** The variable, where it is not derived from the path. */
  readonly env?: string;
  /** Lists of objects do not fit a flag or a variable. */
  readonly fileOnly?: boolean;
  readonly secret?: boolean;
}

/** Schema → what is said about it. */
export const fields = z.registry<FieldMeta>();

/** A setting that may be absent. */
export function optional<S extends z.ZodType>(schema: S, description: string, meta: Partial<FieldMeta> = {}) {
  const field = schema.optional();
  fields.add(field, { description, reason: 'optional', ...meta });
  return field;
}

/** A string that never prints, and that may come from the file that `<VARIABLE>_FILE` names. */
export function secret(description: string, meta: Partial<FieldMeta> = {}) {
  const schema = z
    .string()
    .min(1)
    .transform((text) => new Secret(text));
  return optional(schema, description, { secret: true, ...meta });
}
