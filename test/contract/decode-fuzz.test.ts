/** Whatever arrives, the edge answers: it never throws, never pollutes, and lets only bounded JSON in. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../src/contract/decode.ts';
import { DEPTH_MAX } from '../../src/contract/envelope.ts';
import type { Json } from '../../src/contract/json.ts';
import type { Decoded } from '../../src/contract/message.ts';
import { ownCallChecks, partitionChecks } from '../../src/contract/own-checks.ts';
import { parseEventSubject, partitionOf } from '../../src/contract/subjects.ts';
import { decode, gatewayData, ingressData, operatorData, stored, storedAt } from './messages.ts';

/** Inputs of each property: a million on demand, `ONHOOK_FUZZ_RUNS=1000000`. A failure prints its seed. */
const RUNS = Number(process.env['ONHOOK_FUZZ_RUNS'] ?? 500);
const TIMEOUT_MS = Math.max(60_000, RUNS * 5);

const outside = { ...gatewayData, ...ingressData, ...operatorData };
const types = [
  ...Object.keys(outside),
  ...ownCallChecks.keys(),
  ...partitionChecks.keys(),
  'partition.owner',
];
const anyType = fc.constantFrom(...types, 'call.star', 'constructor', 'x');
const principal = fc.constantFrom('gw1', '_onhook', '_ingress', '_operator');
const token = fc.constantFrom('CA1', '_p0', 'constructor');
const headers = fc.dictionary(
  fc.constantFrom(
    'ce-id',
    'ce-type',
    'ce-specversion',
    'ce-time',
    'ce-sequence',
    'content-type',
    'Nats-Msg-Id',
    'traceparent',
  ),
  fc.oneof(fc.string(), anyType, fc.constantFrom('1.0', 'application/cloudevents+json')),
);

const hostileKey = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'data',
  'specversion',
  'type',
  'legs',
  'policy',
  'timers',
);
const hostile = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof({ maxDepth: 6 }, fc.jsonValue(), fc.double(), tie('object'), fc.array(tie('value'))),
  object: fc.dictionary(fc.oneof(hostileKey, fc.string()), tie('value')),
})).object;

function depthOf(value: Json): number {
  return value === null || typeof value !== 'object'
    ? 0
    : 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const PROTOTYPE = Reflect.ownKeys(Object.prototype);

/** What every accepted message promises to the fold. */
function hold(decoded: Decoded): void {
  // Not only what can be listed: a hostile key may replace what is there.
  expect(Reflect.ownKeys(Object.prototype)).toEqual(PROTOTYPE);
  if (!decoded.ok) {
    expect(decoded.reason.length).toBeLessThan(300);
    return;
  }
  const { message } = decoded;
  expect(JSON.parse(JSON.stringify(message)), 'invariant 17').toEqual(message);
  expect(depthOf(message.data), 'invariant 21').toBeLessThanOrEqual(DEPTH_MAX);
  expect(message.id.length).toBeGreaterThan(0);
  expect(message.id.length).toBeLessThan(512);
  expect(types).toContain(message.type);
}

describe('decode', () => {
  it(
    'answers any bytes',
    () => {
      fc.assert(
        fc.property(
          principal,
          token,
          anyType,
          headers,
          fc.uint8Array({ maxLength: 200 }),
          (p, c, type, h, bytes) =>
            hold(decode(stored(type, bytes, { principal: p, callId: c, headers: h }))),
        ),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'answers any subject',
    () => {
      const parts = fc.array(
        fc.oneof(fc.string(), anyType, principal, token, fc.constantFrom('onhook.v1', 'evt', 'p', '0', '')),
      );
      const decodeTwo = createDecoder({ prefix: 'onhook.v1', partitions: 2 });
      fc.assert(
        fc.property(parts, (tokens) => hold(decodeTwo(storedAt(tokens.join('.'), {})))),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'answers hostile structures, as data and as structured events',
    () => {
      fc.assert(
        fc.property(principal, token, anyType, headers, hostile, (p, c, type, h, body) => {
          const options = { principal: p, callId: c, headers: h };
          const text = JSON.stringify(body);
          hold(decode(stored(type, text, options)));
          hold(decode(stored(type, `{"specversion":"1.0","type":"${type}","data":${text}}`, options)));
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  it(
    'answers good events with any one field replaced, or any one byte',
    () => {
      const event = fc.constantFrom(...Object.entries(outside));
      fc.assert(
        fc.property(event, principal, hostile, fc.nat(), fc.nat(255), ([type, data], p, other, at, byte) => {
          const names = Object.keys(data);
          const name = names[at % Math.max(1, names.length)] ?? 'x';
          hold(decode(stored(type, { ...data, [name]: other }, { principal: p })));
          const bytes = new TextEncoder().encode(JSON.stringify(data));
          bytes[at % bytes.length] = byte;
          hold(decode(stored(type, bytes, { principal: p })));
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  it('gives the same answer twice (invariant 17)', () => {
    fc.assert(
      fc.property(principal, anyType, headers, hostile, (p, type, h, body) => {
        const message = stored(type, body, { principal: p, headers: h });
        expect(decode(message)).toEqual(decode(message));
      }),
    );
  });
});

describe('a partition', () => {
  it('is FNV-1a of the bytes, also for ids that fit no token', () => {
    const fnv = (text: string): number => {
      let hash = 0x811c9dc5n;
      for (const byte of Buffer.from(text, 'utf8'))
        hash = ((hash ^ BigInt(byte)) * 0x01000193n) & 0xffffffffn;
      return Number(hash);
    };
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 2, max: 256 }), (id, partitions) => {
        expect(partitionOf(id, partitions)).toBe(fnv(id) % partitions);
      }),
    );
  });

  it('of a stored subject is the one that stands in it', () => {
    expect(parseEventSubject('onhook.v1', 'onhook.v1.p.12.gw1.CA1.agent.spoke')).toEqual({
      gateway: 'gw1',
      callId: 'CA1',
      type: 'agent.spoke',
      partition: 12,
    });
  });
});
