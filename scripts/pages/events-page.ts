/** The page `docs/events.md`: every message of the contract, its fields read from the schemas. */
import { z } from 'zod';
import {
  gatewayEventSchemas,
  ingressEventSchemas,
  operatorEventSchemas,
} from '../../src/contract/event-schemas.ts';
import type { Described } from './event-meanings.ts';
import * as meanings from './event-meanings.ts';

/** The part of JSON Schema that the event schemas use. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

/** Largest integer of JSON Schema as zod writes it: no bound of ours. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** Objects with more fields than this get a table of their own. */
const INLINE_FIELDS_MAX = 4;

function kindOf(schema: Schema, name: string): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((word) => JSON.stringify(word)).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => kindOf(one, name)).join(', ');
  if (schema.type === 'array') {
    const most = schema.maxItems === undefined ? '' : `, at most ${schema.maxItems}`;
    return `list of: ${kindOf(schema.items ?? {}, name)}${most}`;
  }
  if (schema.type === 'object') return kindOfObject(schema, name);
  return `${schema.type ?? 'anything'}${boundsOf(schema)}`;
}

function kindOfObject(schema: Schema, name: string): string {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return name === 'legs' ? 'map of names to objects, see [legs](#legs)' : 'object';
  if (name === 'timers') return 'object: timers of config.md, with or without `Ms`';
  if (fields.length > INLINE_FIELDS_MAX) return `object, see [${name}](#${name})`;
  return `{${fields.map(([field, kind]) => `${field}: ${kindOf(kind, field)}`).join(', ')}}`;
}

function boundsOf(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, pattern } = schema;
  if (pattern !== undefined) return ' (a name: letters, digits, `_`, `-`, up to 64)';
  if (maxLength !== undefined)
    return `, ${minLength === undefined ? 'at most' : `${minLength} to`} ${maxLength}`;
  if (minimum === undefined && maximum === undefined) return '';
  return maximum === undefined || maximum === UNBOUNDED
    ? `, from ${minimum ?? 0}`
    : `, ${minimum ?? 0} to ${maximum}`;
}

function fieldTable(schema: Schema): string {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return 'No fields.\n';
  const rows = fields.map(([name, kind]) => {
    const needed = schema.required?.includes(name) === true ? 'yes' : '';
    return `| \`${name}\` | ${needed} | ${kindOf(kind, name)} |`;
  });
  return `| Field | Needed | Kind |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function schemaOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { io: 'input' }) as Schema;
}

function outsideEvents(
  schemas: Readonly<Record<string, z.ZodType>>,
  words: Readonly<Record<string, string>>,
): string {
  return Object.entries(schemas)
    .map(([type, schema]) => `### \`${type}\`\n\n${words[type]}\n\n${fieldTable(schemaOf(schema))}`)
    .join('\n');
}

/** Tables of the objects inside `call.started` that are too large for one cell. */
function largeObjects(): string {
  const { properties = {} } = schemaOf(gatewayEventSchemas['call.started']);
  return (['policy', 'capabilities'] as const)
    .map((name) => `### ${name}\n\nInside \`call.started\`.\n\n${fieldTable(properties[name] ?? {})}`)
    .join('\n');
}

function describedTable(head: string, all: Readonly<Record<string, Described<object>>>): string {
  const rows = Object.entries(all).map(([type, { meaning, fields }]) => {
    const named = Object.entries(fields).map(([field, what]) => `\`${field}\`: ${String(what)}`);
    return `| \`${type}\` | ${meaning} | ${named.join('; ')} |`;
  });
  return `| ${head} | Meaning | Fields |\n|---|---|---|\n${rows.join('\n')}\n`;
}

/** Markdown. */
export function eventsMarkdown(): string {
  const feed = Object.entries(meanings.feedMeanings).map(([type, what]) => `| \`${type}\` | ${what} |`);
  return `# Events, commands and facts

Every message of the contract, version 1. Subjects begin with \`onhook.v1\` (\`nats.prefix\`). This page is written by
\`npm run docs\` from the schemas.

An event is JSON of at most 64 KiB and depth 32. Headers are those of CloudEvents 1.0 (\`ce-id\`, \`ce-time\`,
\`ce-sequence\`, \`ce-type\`, …) and optional; structured mode is accepted. Free text above 4 096 characters is cut, any
other field out of bounds refuses the event, and unknown fields are dropped.

## Events of a gateway

Published on \`onhook.v1.evt.<gateway>.<callId>.<type>\`. Needed are \`call.started\`, \`end.requested\` and one of
\`caller.left\`, \`stream.stopped\`, \`call.ended\`; each of the others makes the ending more exact.

${outsideEvents(gatewayEventSchemas, meanings.gatewayMeanings)}
${largeObjects()}
### legs

Inside \`call.started\`: key → how to reach that leg. Two keys are well known: \`carrier\`, with \`callSid\` and
\`accountSid\` for Twilio or \`legId\` for others, and \`room\`, with \`name\`, \`sid\` and \`participant\`. A leg may name
its own \`provider\`.

## Events of verified webhooks

On \`onhook.v1.evt._ingress.<callId>.<type>\`. Nobody else may publish them.

${outsideEvents(ingressEventSchemas, meanings.ingressMeanings)}
## Events of operators

On \`onhook.v1.evt._operator.<callId>.<type>\`, by the API and the commands.

${outsideEvents(operatorEventSchemas, meanings.operatorMeanings)}
## Own messages about a call

On \`onhook.v1.evt._onhook.<callId>.<type>\`. They are how timers, effects and owners speak; not for anybody to publish.

${describedTable('Type', meanings.ownCallMeanings)}
## Own messages about a partition

On \`onhook.v1.evt._onhook.<partition key>.<type>\`; claims, renewals and releases share the type \`partition.owner\` in
the subject.

${describedTable('Type', meanings.partitionMeanings)}
## Commands to a gateway

Requests on \`onhook.v1.cmd.<gateway>.<callId>.<verb>\`, in no stream. Every body also has \`effectId\`, \`era\` and \`seq\`.
The answer is \`{"ok":true}\`, with \`acted: false\` and \`why\` (\`duplicate\`, \`superseded\`) where nothing was done, or the
headers \`Nats-Service-Error\` and \`Nats-Service-Error-Code\`.

${describedTable('Verb', meanings.commandMeanings)}
## Live feed

Published on \`onhook.v1.out.<callId>.<type>\` for whoever watches, in no stream. A fact may be missing or come twice; the
record counts.

| Type | Meaning |
|---|---|
${feed.join('\n')}
`;
}
