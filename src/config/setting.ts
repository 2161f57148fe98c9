/**
 * The settings of the schema as a list: path, flag, variable, kind. Whatever reads or shows settings
 * walks this list, so a new field of the schema appears everywhere at once.
 */
import { z } from 'zod';
import { fields } from './field.ts';
import { configSchema } from './schema.ts';

/** How text from a flag or variable becomes a value. */
export type SettingKind = 'text' | 'number' | 'boolean' | 'list';

export interface Setting {
  /** As in the file: `timers.drainMs`. */
  readonly path: string;
  readonly kind: SettingKind;
  /** The only words that it takes. */
  readonly choices?: readonly string[];
  /** `--timers-drain-ms`; absent for secrets, since other users of the machine see a command line. */
  readonly flag: string | undefined;
  /** `ONHOOK_TIMERS_DRAIN_MS`; absent where only the file can say it. */
  readonly env: string | undefined;
  readonly secret: boolean;
  readonly description: string;
  readonly reason: string;
}

/** The type inside default, optional and transform. */
function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return innermost(schema.def.innerType);
  }
  return schema instanceof z.ZodPipe ? innermost(schema.def.in) : schema;
}

function kindOf(schema: z.core.$ZodType): SettingKind {
  const inner = innermost(schema);
  if (inner instanceof z.ZodNumber) return 'number';
  if (inner instanceof z.ZodBoolean) return 'boolean';
  return inner instanceof z.ZodArray ? 'list' : 'text';
}

function choicesOf(schema: z.core.$ZodType): Pick<Setting, 'choices'> {
  const inner = innermost(schema);
  return inner instanceof z.ZodEnum ? { choices: inner.options.map(String) } : {};
}

function words(path: string): string[] {
  return path.split('.').flatMap((part) => part.split(/(?=[A-Z])/));
}

function settingOf(path: string, schema: z.ZodType): Setting {
  const meta = fields.get(schema) ?? { description: '', reason: '' };
  const derived = `ONHOOK_${words(path).join('_').toUpperCase()}`;
  const fileOnly = meta.fileOnly === true;
  const secret = meta.secret === true;
  return {
    path,
    kind: kindOf(schema),
    ...choicesOf(schema),
    flag: fileOnly || secret ? undefined : `--${words(path).join('-').toLowerCase()}`,
    env: fileOnly ? undefined : (meta.env ?? derived),
    secret,
    description: meta.description,
    reason: meta.reason,
  };
}

function walk(schema: z.ZodObject, prefix: string): Setting[] {
  return Object.entries(schema.shape).flatMap(([key, field]) => {
    const inner = innermost(field);
    const path = `${prefix}${key}`;
    return inner instanceof z.ZodObject ? walk(inner, `${path}.`) : [settingOf(path, field as z.ZodType)];
  });
}

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = walk(configSchema, '');

/** The keys that are known below a path; `accounts.0` and the like follow lists. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  let schema: z.core.$ZodType = configSchema;
  for (const key of path) {
    const inner = innermost(schema);
    if (inner instanceof z.ZodArray) schema = inner.def.element;
    else if (inner instanceof z.ZodObject) schema = inner.shape[String(key)] ?? schema;
  }
  const inner = innermost(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}
