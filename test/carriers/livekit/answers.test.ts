/** Whatever the SDK throws, the table gives an outcome. */
import * as fc from 'fast-check';
import { ServerError } from 'livekit-server-sdk';
import { expect, it } from 'vitest';
import { classifyError } from '../../../src/carriers/livekit/answers.ts';

it('always gives retry, fatal or already gone, and never throws', () => {
  const code = fc.oneof(fc.string(), fc.constantFrom('not_found', 'internal', '__proto__', 'constructor'));
  const serverError = fc
    .tuple(fc.integer({ min: 100, max: 999 }), fc.option(code, { nil: undefined }), fc.string())
    .map(([status, word, message]) => new ServerError('x', message, status, word));
  fc.assert(
    fc.property(fc.oneof(serverError, fc.anything()), (error) => {
      const outcome = classifyError(error);
      expect(['retry', 'fatal', 'already-gone']).toContain(outcome.result);
      if (outcome.result === 'already-gone') expect(outcome.code).toBe('livekit_not_found');
    }),
  );
});

it('reads the time-out of fetch, a DOMException, as a time-out', () => {
  const error = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  expect(classifyError(error)).toMatchObject({ result: 'retry', code: 'timeout' });
});
