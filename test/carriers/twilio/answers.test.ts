/** Whatever comes back over HTTP, the table gives an outcome. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  classifyFetch,
  classifyUpdate,
  countCalls,
  isTerminal,
} from '../../../src/carriers/twilio/answers.ts';

const RESULTS = ['done', 'already-gone', 'accepted', 'live', 'retry', 'fatal'];

const answer = fc.record({
  status: fc.integer({ min: 100, max: 999 }),
  retryAfter: fc.option(fc.oneof(fc.string(), fc.nat().map(String)), { nil: undefined }),
  body: fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({ code: fc.anything(), status: fc.anything(), message: fc.anything() }, { requiredKeys: [] })
      .map((value) => fc.stringify(value)),
    fc.record({ status: fc.string(), calls: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  ),
});

it('always gives an outcome and never throws', () => {
  fc.assert(
    fc.property(answer, (any) => {
      for (const outcome of [classifyUpdate(any), classifyFetch(any)]) {
        expect(RESULTS).toContain(outcome.result);
        expect(outcome.retryAfterMs ?? 0).toBeGreaterThanOrEqual(0);
        expect(JSON.stringify(outcome).length).toBeLessThan(400);
      }
      countCalls(any);
    }),
  );
});

it('says ended only on Twilio’s own word', () => {
  fc.assert(
    fc.property(answer, (any) => {
      const { result, status, code } = classifyUpdate(any);
      if (result === 'done') expect(any.status < 300 && isTerminal(status ?? '')).toBe(true);
      if (result === 'already-gone')
        expect(code === 'http_404' || /^twilio_\d+$/.test(code ?? '')).toBe(true);
    }),
  );
});

it.each([
  [{ status: 404, body: '{"status":404,"message":"not found"}' }, 'already-gone'],
  [{ status: 404, body: '{"code":20404,"status":404}' }, 'already-gone'],
  [{ status: 404, body: '{"type":"t","title":"x","status":404,"code":20404}' }, 'already-gone'],
  [{ status: 404, body: '' }, 'retry'],
  [{ status: 401, body: '' }, 'fatal'],
  [{ status: 403, body: '<html>' }, 'fatal'],
  [{ status: 400, body: '<html>' }, 'retry'],
  [{ status: 302, body: '' }, 'retry'],
  [{ status: 408, body: '' }, 'retry'],
  [{ status: 200, body: '' }, 'retry'],
  [{ status: 200, body: '{}' }, 'accepted'],
] as const)('%j is %s', (given, result) => {
  expect(classifyUpdate(given).result).toBe(result);
});

it('ignores a Retry-After that is no number of seconds', () => {
  const outcome = classifyUpdate({ status: 429, retryAfter: 'Fri, 31 Dec 2027 23:59:59 GMT', body: '' });
  expect(outcome).toEqual({ result: 'retry', code: 'http_429', detail: 'HTTP 429.' });
});
