/** `docs/asyncapi.json`: every subject of the contract with its messages, from the schemas of the code. */
import { z } from 'zod';
import { packageVersion } from '../../src/cli/version.ts';
import { callRecordSchema } from '../../src/contract/call-record.ts';
import {
  gatewayEventSchemas,
  ingressEventSchemas,
  operatorEventSchemas,
} from '../../src/contract/event-schemas.ts';
import { OWNERSHIP_TYPE } from '../../src/contract/own-events.ts';
import { INCARNATION_HEADER, VERSION_HEADER } from '../../src/contract/record-headers.ts';
import {
  commandSubject,
  deadLetterSubject,
  DEFAULT_PREFIX,
  eventSubject,
  feedSubject,
  PRINCIPALS,
  recordSubject,
} from '../../src/contract/subjects.ts';
import * as meanings from '../pages/event-meanings.ts';
import * as own from './own-messages.ts';
import { named } from './answers.ts';
import { queryMessages, QUERIES } from './query-messages.ts';
import type { Schema } from './shape.ts';
import { jsonText, namedSchemas, schemaOf, text, withNames } from './shape.ts';

/** A subject, who sends on it, and what. */
interface Channel {
  readonly id: string;
  readonly address: string | null;
  readonly title: string;
  /** Told from the view of onhook. */
  readonly action: 'send' | 'receive';
  readonly messages: Readonly<Record<string, Message>>;
  readonly parameters: readonly string[];
  /** Id of the channel of answers, for requests. */
  readonly reply?: string;
}

interface Message {
  readonly meaning: string;
  readonly payload: Schema;
  readonly headers?: Schema;
}

const P = DEFAULT_PREFIX;

const cloudEvent = schemaOf(
  z.object({
    'ce-specversion': z.literal('1.0').optional(),
    'ce-id': z.string().max(256).optional(),
    'ce-source': text.optional(),
    'ce-type': text.optional().describe('the type in the subject'),
    'ce-subject': text.optional().describe('the call id'),
    'ce-time': z.iso.datetime({ offset: true }).optional(),
    'ce-sequence': z
      .string()
      .regex(/^\d{1,15}$/)
      .optional()
      .describe("the gateway's own order within the call"),
    traceparent: text.optional(),
    'Nats-Msg-Id': text.optional().describe('`<gateway>/<callId>/<ce-id>`'),
  }),
  'draft-7',
);

const recordHeaders = schemaOf(z.object({ [INCARNATION_HEADER]: text, [VERSION_HEADER]: text }), 'draft-7');

const ownershipHeaders = schemaOf(z.object({ 'ce-type': text, 'ce-id': text }), 'draft-7');

/** Messages of one table: type → schema, with the words of `docs/events.md`. */
function messagesOf<Type extends string>(
  schemas: Readonly<Record<Type, z.ZodType>>,
  words: Readonly<Record<NoInfer<Type>, string | { readonly meaning: string }>>,
  extra: { readonly headers?: Schema; readonly besides?: z.ZodType } = {},
): Record<string, Message> {
  const { besides, headers } = extra;
  const messages = (Object.keys(schemas) as Type[]).map((type) => {
    const said = words[type];
    const body = besides === undefined ? schemas[type] : z.intersection(besides, schemas[type]);
    const meaning = typeof said === 'string' ? said : said.meaning;
    const message = { meaning, payload: schemaOf(body, 'draft-7'), ...(headers && { headers }) };
    return [type, message] as const;
  });
  return Object.fromEntries(messages);
}

const ownHead = z.object({ id: text.describe("the writer's own, for people who trace") });

const events: readonly Channel[] = [
  {
    id: 'gatewayEvents',
    address: eventSubject(P, '{gateway}', '{callId}', '{type}'),
    title: 'What a gateway tells of its calls. JetStream; a plain publish works too, without a promise.',
    action: 'receive',
    messages: messagesOf(gatewayEventSchemas, meanings.gatewayMeanings, { headers: cloudEvent }),
    parameters: ['gateway', 'callId', 'type'],
  },
  {
    id: 'webhookEvents',
    address: eventSubject(P, PRINCIPALS.ingress, '{callId}', '{type}'),
    title: 'What verified webhooks tell. Nobody else may publish here.',
    action: 'receive',
    messages: messagesOf(ingressEventSchemas, meanings.ingressMeanings, { headers: cloudEvent }),
    parameters: ['callId', 'type'],
  },
  {
    id: 'operatorEvents',
    address: eventSubject(P, PRINCIPALS.operator, '{callId}', '{type}'),
    title: 'What operators ask for, by the API and the commands.',
    action: 'receive',
    messages: messagesOf(operatorEventSchemas, meanings.operatorMeanings, { headers: cloudEvent }),
    parameters: ['callId', 'type'],
  },
  {
    id: 'ownEvents',
    address: eventSubject(P, PRINCIPALS.onhook, '{callId}', '{type}'),
    title: 'How timers, effects and owners speak about a call. Not for anybody to publish.',
    action: 'send',
    messages: messagesOf(own.ownCallBodies, meanings.ownCallMeanings, { besides: ownHead }),
    parameters: ['callId', 'type'],
  },
];

const { 'log.restored': restored, ...ownership } = own.partitionBodies;

const partitions: readonly Channel[] = [
  {
    id: 'ownership',
    address: eventSubject(P, PRINCIPALS.onhook, '{partitionKey}', OWNERSHIP_TYPE),
    title: 'Who owns a partition; the header `ce-type` tells the messages apart.',
    action: 'send',
    messages: messagesOf(ownership, meanings.partitionMeanings, { headers: ownershipHeaders }),
    parameters: ['partitionKey'],
  },
  {
    id: 'partitionRestored',
    address: eventSubject(P, PRINCIPALS.onhook, '{partitionKey}', 'log.restored'),
    title: 'The owner reads again.',
    action: 'send',
    messages: messagesOf({ 'log.restored': restored }, meanings.partitionMeanings, {
      headers: ownershipHeaders,
    }),
    parameters: ['partitionKey'],
  },
  {
    id: 'partitionPauses',
    address: eventSubject(P, PRINCIPALS.operator, '{partitionKey}', '{type}'),
    title: 'Effects are only noted, or performed again.',
    action: 'send',
    messages: messagesOf(own.operatorPartitionBodies, meanings.partitionMeanings, {
      headers: ownershipHeaders,
    }),
    parameters: ['partitionKey', 'type'],
  },
];

const reply = { meaning: 'It was heard.', payload: schemaOf(own.commandReply, 'draft-7') };

const refusal: Message = {
  meaning: 'It was refused: the headers say why.',
  payload: {},
  headers: schemaOf(z.object({ 'Nats-Service-Error': text, 'Nats-Service-Error-Code': text }), 'draft-7'),
};

const outgoing: readonly Channel[] = [
  {
    id: 'commands',
    address: commandSubject(P, '{gateway}', '{callId}', '{type}'),
    title: 'What the gateway that holds a call is to do. Core request and reply, in no stream.',
    action: 'send',
    messages: messagesOf(own.commandBodies, meanings.commandMeanings, { besides: own.commandHeader }),
    parameters: ['gateway', 'callId', 'type'],
    reply: 'commandReplies',
  },
  {
    id: 'commandReplies',
    address: null,
    title: 'Answers to commands, on the inbox of the request.',
    action: 'receive',
    messages: { reply, refusal },
    parameters: [],
  },
  {
    id: 'feed',
    address: feedSubject(P, '{callId}', '{type}'),
    title: 'The live feed. Core publish: a fact may be missing or come twice; the record counts.',
    action: 'send',
    messages: messagesOf(own.feedBodies, meanings.feedMeanings, { besides: own.feedHead }),
    parameters: ['callId', 'type'],
  },
  {
    id: 'records',
    address: recordSubject(P, '{callId}'),
    title: 'The call record. JetStream, stream ONHOOK_RECORDS; a new version when a late fact changes it.',
    action: 'send',
    messages: {
      record: {
        meaning: 'The final account of a call.',
        payload: schemaOf(callRecordSchema, 'draft-7'),
        headers: recordHeaders,
      },
    },
    parameters: ['callId'],
  },
  ...(['input', 'function', 'leg'] as const).map((kind): Channel => ({
    id: `deadLetters.${kind}`,
    address: deadLetterSubject(P, kind).replace(/-$/, '{callIdOrDash}'),
    title: `What was given up and kept: ${kind}s. JetStream, stream ONHOOK_DEAD_LETTERS.`,
    action: 'send',
    messages: {
      [kind]: { meaning: 'Self-contained.', payload: schemaOf(own.letterBodies[kind], 'draft-7') },
    },
    parameters: ['callIdOrDash'],
  })),
];

const queries: readonly Channel[] = QUERIES.flatMap((name): Channel[] => {
  const { request, answer } = queryMessages[name];
  return [
    {
      id: `query.${name}`,
      address: `${P}.query.${name}`,
      title: 'A question to every node; each answers for its partitions, the asker gathers.',
      action: 'receive',
      messages: { request: { meaning: 'The question.', payload: schemaOf(request, 'draft-7') } },
      parameters: [],
      reply: `query.${name}.answers`,
    },
    {
      id: `query.${name}.answers`,
      address: null,
      title: 'One answer of each node, on the inbox of the request.',
      action: 'send',
      messages: {
        answer: { meaning: 'What one node says.', payload: schemaOf(answer, 'draft-7') },
        refusal,
      },
      parameters: [],
    },
  ];
});

const CHANNELS = [...events, ...partitions, ...outgoing, ...queries];

const PARAMETERS: Readonly<Record<string, string>> = {
  gateway: 'Name of the gateway fleet: [A-Za-z0-9][A-Za-z0-9_-]{0,63}.',
  callId:
    'Unique and never reused: [A-Za-z0-9][A-Za-z0-9_-]{0,127}. Another id is encoded: `b64_` and base64url, or `h_` and 40 hex digits of its SHA-256.',
  partitionKey: 'Stands for a partition: `_p` and digits, the first such token that hashes to it.',
  callIdOrDash: 'The call id, or `-` where none is known.',
  type: 'The name of the message.',
};

/** `query.calls` → `queryCalls`: ids are used as names in generated code. */
function nameOf(id: string): string {
  return id.replaceAll(/[.-]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function channelOf({ address, title, messages, parameters }: Channel): object {
  const named = parameters.map((name) => {
    const words = name === 'type' ? { enum: Object.keys(messages) } : {};
    return [name, { description: PARAMETERS[name], ...words }] as const;
  });
  const all = Object.entries(messages).map(([type, { meaning, payload, headers }]) => {
    const message = { name: type, contentType: 'application/json', summary: meaning };
    return [type, { ...message, ...(headers && { headers }), payload }] as const;
  });
  return {
    address,
    description: title,
    ...(named.length === 0 ? {} : { parameters: Object.fromEntries(named) }),
    messages: Object.fromEntries(all),
  };
}

function operationOf({ id, action, title, reply }: Channel): object {
  const answered = reply === undefined ? {} : { reply: { channel: { $ref: `#/channels/${nameOf(reply)}` } } };
  return { action, channel: { $ref: `#/channels/${nameOf(id)}` }, summary: title, ...answered };
}

/** AsyncAPI 3.0, as an object. `send` and `receive` are onhook's. */
export function asyncapi(): Record<string, unknown> {
  const { schemas, ...channels } = withNames(
    Object.fromEntries(CHANNELS.map((channel) => [nameOf(channel.id), channelOf(channel)])),
    namedSchemas({ ...named, Outcome: own.outcome, Revival: own.revival }, 'draft-7'),
  );
  const answers = new Set(CHANNELS.map(({ reply }) => reply));
  const operations = CHANNELS.filter(({ id }) => !answers.has(id));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'onhook',
      version: packageVersion(),
      description:
        'The NATS subjects of the contract, version 1, told from the view of onhook: it receives what gateways publish. `onhook.v1` is `nats.prefix`. An event is JSON of at most 64 KiB and depth 32; its headers are those of CloudEvents 1.0 and optional, structured mode is accepted, unknown fields are dropped. Written by `npm run docs`.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { nats: { host: '127.0.0.1:4222', protocol: 'nats', description: '`ONHOOK_NATS_URL`' } },
    channels,
    operations: Object.fromEntries(
      operations.map((channel) => [
        `${channel.action}${nameOf(channel.id).replace(/^./, (letter) => letter.toUpperCase())}`,
        operationOf(channel),
      ]),
    ),
    components: { schemas },
  };
}

/** `docs/asyncapi.json`. */
export function asyncapiText(): string {
  return jsonText(asyncapi());
}
