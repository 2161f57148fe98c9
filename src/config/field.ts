/**
 * One setting of the schema: its type with what `config print`, the JSON Schema and the documentation
 * say about it. It is registered last, since zod knows the outermost wrapper only.
 */
import { z } from 'zod';
import { readSecretFile } from './secret-file.ts';
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

/** A text that never prints; in the file also as `{file: path}`, which names the file that holds it. */
export const secretText = z
  .union([z.string().min(1), z.strictObject({ file: z.string().min(1) })], {
    error: 'must be a text, or {file: path}',
  })
  .transform((given, context) => {
    if (typeof given === 'string') return new Secret(given);
    const { text, problem } = readSecretFile(given.file);
    if (text !== undefined && text !== '') return new Secret(text);
    context.addIssue(`the file that holds it ${problem ?? 'is empty'}`);
    return z.NEVER;
  });

/** A secret that may be absent, and that may come from the file that `<VARIABLE>_FILE` names. */
export function secret(description: string, meta: Partial<FieldMeta> = {}) {
  return optional(secretText, description, { secret: true, ...meta });
}
