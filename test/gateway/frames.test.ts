/** Bytes of the socket become frames of the protocol or nothing; no input makes the parser throw. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numberOf, parseFrame } from '../../src/gateway/media-stream/messages.ts';
import { textOf } from '../../src/gateway/media-stream/socket.ts';

const event = fc.constantFrom('connected', 'start', 'media', 'mark', 'dtmf', 'stop', 'other');

describe('a frame', () => {
  it('is read from any JSON and any text without a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        parseFrame(text);
      }),
    );
    fc.assert(
      fc.property(
        event,
        fc.dictionary(fc.constantFrom('start', 'mark', 'media', 'dtmf'), fc.jsonValue()),
        (name, fields) => {
          const frame = parseFrame(JSON.stringify({ event: name, ...fields }));
          if (frame?.event === 'mark') expect(typeof frame.name).toBe('string');
          if (frame?.event === 'start') expect(frame.start.callSid).toMatch(/^[A-Za-z0-9_.:-]+$/);
        },
      ),
    );
  });

  it('has its numbers as strings, or as numbers from other carriers', () => {
    expect(parseFrame('{"event":"media","media":{"timestamp":"5","payload":""}}')).toEqual({
      event: 'media',
      timestampMs: 5,
    });
    expect(parseFrame('{"event":"media","media":{"timestamp":5}}')).toEqual({
      event: 'media',
      timestampMs: 5,
    });
    expect(['', 'x', null, 'Infinity', {}].map(numberOf)).toEqual(Array(5).fill(undefined));
  });

  it.each([
    ['a Buffer', Buffer.from('{}'), '{}'],
    ['fragments', [Buffer.from('{'), Buffer.from('}')], '{}'],
    ['an ArrayBuffer', new Uint8Array([123, 125]).buffer, '{}'],
    ['a string', '{}', '{}'],
    ['an object', {}, undefined],
    ['too much', Buffer.alloc(100), undefined],
  ])('may arrive as %s', (_name, data, text) => {
    expect(textOf(data, 99)).toBe(text);
  });
});
