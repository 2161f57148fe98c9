/**
 * JSON Schema from TypeScript types and zod schemas, for the reference documents. A shape that leaves out a
 * field of its type, or says that one is optional when it is not, does not compile.
 */
import { z } from 'zod';
import type { Json, JsonObject } from '../../src/contract/json.ts';

type Field<T, K extends keyof T> =
  object extends Pick<T, K> ? z.ZodOptional<z.ZodType<Exclude<T[K], undefined>>> : z.ZodType<T[K]>;

/** An object of type `T`, every field of it. */
export function shape<T extends object>(fields: { readonly [K in keyof T]-?: Field<T, K> }): z.ZodType<T> {
  return z.object(fields) as unknown as z.ZodType<T>;
}

export const json = z.unknown() as z.ZodType<Json>;
export const jsonObject = z.looseObject({}) as unknown as z.ZodType<JsonObject>;
export const text = z.string();
export const flag = z.boolean();
export const count = z.int().min(0);
export const instant = z.number().describe('ms since the epoch');
export const durationMs = z.number().min(0).describe('ms');

/** As JSON. */
export type Schema = Readonly<Record<string, unknown>>;

/** Where the schema stands: AsyncAPI 3.0 reads draft 7, OpenAPI 3.1 reads 2020-12. */
export type Dialect = 'draft-7' | 'draft-2020-12';

/** A nested value of any JSON, the only thing that refers to itself, becomes `{}`: anything. */
const ITSELF = /\{"\$ref":"#\/(?:\$defs|definitions)\/__schema\d+"\}/g;

/** What a writer has to send: defaults are optional, unknown fields are allowed. */
export function schemaOf(schema: z.ZodType, target: Dialect): Schema {
  const {
    $schema: _dialect,
    $defs: _defs,
    definitions: _definitions,
    ...rest
  } = z.toJSONSchema(schema, {
    io: 'input',
    target,
  });
  return JSON.parse(JSON.stringify(rest).replaceAll(ITSELF, '{}')) as Schema;
}

/** Name → schema, in one dialect. */
export function namedSchemas(
  schemas: Readonly<Record<string, z.ZodType>>,
  target: Dialect,
): Readonly<Record<string, Schema>> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, schemaOf(schema, target)]),
  );
}

/** Puts a reference wherever one of the named schemas stands, inside each other too: each is written once. */
export function withNames(
  document: Schema,
  named: Readonly<Record<string, Schema>>,
): Record<string, unknown> & { readonly schemas: Readonly<Record<string, unknown>> } {
  const texts = Object.entries(named).map(([name, schema]) => [name, JSON.stringify(schema)] as const);
  // Larger ones first: a smaller one may stand inside.
  texts.sort(([, a], [, b]) => b.length - a.length);
  const refer = (value: Schema): unknown => {
    const whole = JSON.stringify(value);
    const others = texts.filter(([, text]) => text !== whole);
    return JSON.parse(
      others.reduce(
        (text, [name, found]) => text.replaceAll(found, `{"$ref":"#/components/schemas/${name}"}`),
        whole,
      ),
    );
  };
  const schemas = Object.entries(named).map(([name, schema]) => [name, refer(schema)] as const);
  return { ...(refer(document) as Schema), schemas: Object.fromEntries(schemas) };
}

/** The text of a generated document. */
export function jsonText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
