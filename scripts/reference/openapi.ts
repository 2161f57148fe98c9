/** `docs/openapi.json`: the HTTP API of both ports, from the routes, schemas and problems of the code. */
import { OPEN_PATHS } from '../../src/admin/guard.ts';
import { PROBLEMS as ADMIN_PROBLEMS } from '../../src/admin/problem.ts';
import type { ProblemCode as AdminCode } from '../../src/admin/problem.ts';
import { packageVersion } from '../../src/cli/version.ts';
import { configSchema } from '../../src/config/schema.ts';
import { PROBLEMS as INGRESS_PROBLEMS } from '../../src/ingress/problem.ts';
import type { ProblemCode as IngressCode } from '../../src/ingress/problem.ts';
import { adminOperations } from './admin-operations.ts';
import { named, viewEvent } from './answers.ts';
import { facadeHangup, ingressOperations } from './ingress-operations.ts';
import type { Answer, Operation, Parameter } from './operation.ts';
import type { Schema } from './shape.ts';
import { jsonText, namedSchemas, schemaOf, withNames } from './shape.ts';

type Problems = Readonly<Record<string, { readonly status: number; readonly title: string }>>;

/** One of the two ports. */
interface Port {
  readonly tag: string;
  readonly url: string;
  readonly problems: Problems;
  /** Problems of every route. */
  readonly common: (route: string) => readonly string[];
  readonly security: (route: string) => readonly Readonly<Record<string, readonly string[]>>[];
}

const { admin, ingress } = configSchema.parse({});

const ADMIN: Port = {
  tag: 'admin',
  url: `http://127.0.0.1:${admin.port}`,
  problems: ADMIN_PROBLEMS,
  common(route) {
    const [method, path = ''] = route.split(' ');
    const always: AdminCode[] = ['host_not_allowed', 'internal_error'];
    if (!OPEN_PATHS.has(path)) always.push('token_required', 'starting');
    if (path === '/') always.push('starting');
    if (method !== 'GET') always.push('origin_not_allowed', 'scope_required', 'body_too_large');
    return always;
  },
  // Loopback needs no token.
  security: (route) => (OPEN_PATHS.has(route.split(' ')[1] ?? '') ? [] : [{ adminToken: [] }, {}]),
};

const SIGNATURES: Readonly<Record<string, string>> = {
  'POST /webhooks/twilio/status': 'twilioSignature',
  'POST /webhooks/livekit': 'livekitToken',
};

const INGRESS: Port = {
  tag: 'ingress',
  url: `http://127.0.0.1:${ingress.port}`,
  problems: INGRESS_PROBLEMS,
  common: (): readonly IngressCode[] => ['body_too_large', 'internal_error'],
  security: (route) => [{ [SIGNATURES[route] ?? 'twilioCredentials']: [] }],
};

const securitySchemes = {
  adminToken: {
    type: 'http',
    scheme: 'bearer',
    description:
      '`ONHOOK_ADMIN_TOKEN`, or `ONHOOK_ADMIN_READ_TOKEN` for `GET`. Not needed while neither is set.',
  },
  twilioSignature: { type: 'apiKey', in: 'header', name: 'X-Twilio-Signature' },
  livekitToken: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: "LiveKit's JWT over the hash of the body.",
  },
  twilioCredentials: {
    type: 'http',
    scheme: 'basic',
    description: 'Account SID and auth token, or API key and secret, of a configured account.',
  },
};

const problem: Schema = {
  type: 'object',
  description: 'RFC 9457. `code` is stable and decides, see errors.md; the texts are for people.',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
  },
  required: ['type', 'title', 'status', 'detail', 'code'],
};

/** `/api/calls/:id` → `/api/calls/{id}`; a path of any length → `{path}`. */
export function documentedPath(path: string): string {
  return path.replaceAll(/:([A-Za-z]+)/g, '{$1}').replace(/\*$/, '{path}');
}

function parametersOf(path: string, given: readonly Parameter[] = []): object[] {
  const inPath = [...path.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name]) => {
    return { name, in: 'path', required: true, schema: { type: 'string' } };
  });
  const others = given.map(({ schema, ...rest }) => {
    return { ...rest, schema: schema === undefined ? { type: 'string' } : schemaOf(schema, 'draft-2020-12') };
  });
  return [...inPath, ...others];
}

function answerOf({ description, schema, type = 'application/json' }: Answer): object {
  if (schema !== undefined) {
    return { description, content: { [type]: { schema: schemaOf(schema, 'draft-2020-12') } } };
  }
  return type === 'application/json' ? { description } : { description, content: { [type]: {} } };
}

/** Problems by status, each with its codes. */
function problemsOf({ problems, common }: Port, { route, problems: own }: Operation): [string, object][] {
  const codes = [...new Set([...common(route), ...own])];
  const statuses = [...new Set(codes.map((code) => problems[code]?.status ?? 500))].sort((a, b) => a - b);
  return statuses.map((status) => {
    const here = codes.filter((code) => problems[code]?.status === status);
    const schema = {
      allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: here } } }],
    };
    const description = `${here.map((code) => problems[code]?.title).join('. ')}.`;
    return [String(status), { description, content: { 'application/problem+json': { schema } } }];
  });
}

function operationOf(port: Port, operation: Operation): object {
  const { id, summary, body, answers, parameters, route } = operation;
  const path = documentedPath(route.split(' ')[1] ?? '');
  const all = parametersOf(path, parameters);
  const given = Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)] as const);
  return {
    operationId: id,
    summary,
    tags: [port.tag],
    security: port.security(route),
    ...(all.length === 0 ? {} : { parameters: all }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: { [body.type]: { schema: schemaOf(body.schema, 'draft-2020-12') } },
          },
        }),
    // An answer of the route's own, as that of /readyz, stands before a problem with its status.
    responses: { ...Object.fromEntries(problemsOf(port, operation)), ...Object.fromEntries(given) },
  };
}

function pathsOf(port: Port, operations: readonly Operation[]): Record<string, object> {
  const paths: Record<string, object> = {};
  for (const operation of operations) {
    const [method = '', route = ''] = operation.route.split(' ');
    const path = documentedPath(route);
    paths[path] ??= { servers: [{ url: port.url }] };
    Object.assign(paths[path], { [method.toLowerCase()]: operationOf(port, operation) });
  }
  return paths;
}

/** OpenAPI 3.1, as an object. */
export function openapi(): Record<string, unknown> {
  const { schemas, ...paths } = withNames(
    { ...pathsOf(ADMIN, adminOperations), ...pathsOf(INGRESS, [...ingressOperations, facadeHangup]) },
    namedSchemas(named, 'draft-2020-12'),
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'onhook',
      version: packageVersion(),
      description:
        'The admin port (loopback by default) and the ingress port, which carriers reach. Written by `npm run docs`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    tags: [
      { name: 'admin', description: 'For operators: see operations.md and dashboard.md.' },
      { name: 'ingress', description: 'For carriers and apps: see webhooks.md.' },
    ],
    paths,
    components: {
      schemas: {
        Problem: problem,
        ...schemas,
        Event: {
          ...schemaOf(viewEvent, 'draft-2020-12'),
          description: '`data` of an event of `GET /api/events`.',
        },
      },
      securitySchemes,
    },
  };
}

/** `docs/openapi.json`. */
export function openapiText(): string {
  return jsonText(openapi());
}
