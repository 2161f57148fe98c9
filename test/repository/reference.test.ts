/** The documents for machines: valid by their own standards, and equal to the routes of the code. */
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import asyncApiSpecs from '@asyncapi/specs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runningApp } from '../../src/admin/app.ts';
import { EventRing } from '../../src/admin/event-ring.ts';
import { ownEvents } from '../../src/admin/feed-source.ts';
import { PROBLEMS as ADMIN_PROBLEMS } from '../../src/admin/problem.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { configJsonSchema } from '../../src/config/show.ts';
import { ingressApp } from '../../src/ingress/app.ts';
import { PROBLEMS as INGRESS_PROBLEMS } from '../../src/ingress/problem.ts';
import { memoryLog } from '../../src/log/memory/index.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { adminOperations } from '../../scripts/reference/admin-operations.ts';
import { asyncapi } from '../../scripts/reference/asyncapi.ts';
import { facadeHangup, ingressOperations } from '../../scripts/reference/ingress-operations.ts';
import { openapi } from '../../scripts/reference/openapi.ts';
import { TestView } from '../admin/world.ts';

/** Parts of the page, served when it was built. */
const PAGE_PARTS: ReadonlySet<string> = new Set(['GET /app.js', 'GET /app.css']);

/** What an app registers, without middleware. */
function routesOf(app: Hono): string[] {
  const routes = app.routes.filter(({ method }) => method !== 'ALL');
  return [...new Set(routes.map(({ method, path }) => `${method} ${path}`))].sort();
}

const log = memoryLog(systemClock, { partitions: 1 });
const output = new PassThrough();
const logger = await createLogger({ level: 'error', clock: systemClock, secrets: [], output });

function adminApp(): Hono {
  const view = new TestView();
  const ring = new EventRing();
  const metrics = createMetrics({ version: '1.0.0', nodeVersion: 'v20.0.0', providers: [] });
  const parts = { view, log, clock: systemClock, metrics, logger, version: '1.0.0' };
  return runningApp({ hosts: [] }, parts, ring, ownEvents(view, ring));
}

function edgeApp(): Promise<Hono> {
  const findCall = () => Promise.resolve({ detail: undefined, unanswered: [] });
  const parts = { log, clock: systemClock, logger, mode: 'own' as const, findCall };
  const proxy = { forward: () => Promise.resolve(new Response()), close: () => Promise.resolve() };
  return ingressApp(parts, proxy, new AbortController().signal);
}

/** Every `$ref` below a value. */
function refsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsOf(inner),
  );
}

function at(document: unknown, ref: string): unknown {
  return ref
    .slice('#/'.length)
    .split('/')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
}

describe.each([
  ['docs/asyncapi.json', asyncapi()],
  ['docs/openapi.json', openapi()],
])('%s', (_, document) => {
  it('refers only to what is in it', () => {
    const refs = refsOf(document);
    expect(refs.length).toBeGreaterThan(0);
    expect(refs.filter((ref) => at(document, ref) === undefined)).toEqual([]);
  });
});

describe('docs/asyncapi.json', () => {
  it('is AsyncAPI 3.0 by the official schema', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const isValid = ajv.compile(asyncApiSpecs.schemasWithoutId['3.0.0'] as Record<string, unknown>);
    isValid(asyncapi());
    expect(isValid.errors).toBeNull();
    expect(isValid({ ...asyncapi(), operations: { a: { action: 'shout' } } })).toBe(false);
  });
});

describe('docs/openapi.json', () => {
  it('is OpenAPI 3.1 by the official schema', async () => {
    const validator = new Validator();
    expect(await validator.validate(openapi())).toEqual({ valid: true });
    expect((await validator.validate({ ...openapi(), paths: { calls: {} } })).valid).toBe(false);
  });

  it('has every route of the admin port, and no other; cure: scripts/reference/admin-operations.ts', () => {
    const served = routesOf(adminApp()).filter((route) => !PAGE_PARTS.has(route));
    expect(served.length).toBeGreaterThan(15);
    expect(adminOperations.map(({ route }) => route).sort()).toEqual(served);
  });

  it('has every route of the ingress, and no other; cure: scripts/reference/ingress-operations.ts', async () => {
    const app = await edgeApp();
    expect(ingressOperations.map(({ route }) => route).sort()).toEqual(routesOf(app));
    // The façade's own answer stands below a route that takes everything.
    expect(facadeHangup.route).toContain('POST /2010-04-01/');
  });

  it('gives every operation a name of its own', () => {
    const ids = [...adminOperations, ...ingressOperations, facadeHangup].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says where each problem of the code may come', () => {
    const text = JSON.stringify(openapi());
    const codes = Object.keys({ ...ADMIN_PROBLEMS, ...INGRESS_PROBLEMS });
    expect(codes.filter((code) => code !== 'not_found' && !text.includes(`"${code}"`))).toEqual([]);
  });
});

/** Samples of `onhook.yaml` in the documents; the one of webhooks.md is LiveKit's own file. */
const SAMPLES = ['end-functions.md', 'providers.md'].flatMap((name) => {
  const text = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, sample = '']) => [name, sample] as const);
});

describe('docs/config.schema.json', () => {
  it.each(SAMPLES)('takes a sample of %s: %s', (_name, sample) => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const fits = ajv.compile(configJsonSchema());
    fits(parse(sample));
    expect(fits.errors).toBeNull();
  });

  it('is a JSON Schema that takes a configuration and refuses an unknown key', () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const fits = ajv.compile(configJsonSchema());
    expect(fits({ partitions: 4, timers: { drainMs: 20_000 } })).toBe(true);
    expect(fits({ partitons: 4 })).toBe(false);
    expect(SAMPLES.length).toBeGreaterThan(5);
  });
});
