/** Definitions: defaults, and refusals that name what is wrong. */
import { describe, expect, it } from 'vitest';
import { defineEndFunction, type EndFunctionDefinition } from '../../src/end-functions/define.ts';

const run = (): undefined => undefined;

describe('a definition', () => {
  it('gets its defaults', () => {
    expect(defineEndFunction({ name: 'crm', version: 3, run })).toEqual({
      name: 'crm',
      version: '3',
      timeoutMs: 30_000,
      retry: { maxAttempts: 5, initialMs: 1_000, maxMs: 60_000, factor: 2 },
      after: [],
      run,
    });
  });

  it('may set a part of the retry policy', () => {
    const { retry } = defineEndFunction({ name: 'crm', version: 1, retry: { maxAttempts: 2 }, run });
    expect(retry).toEqual({ maxAttempts: 2, initialMs: 1_000, maxMs: 60_000, factor: 2 });
  });

  it('goes through twice unchanged', () => {
    const once = defineEndFunction({ name: 'crm', version: 1, run });
    expect(defineEndFunction(once)).toEqual(once);
  });

  it.each([
    ['name', { name: 'Crm' }],
    ['name', { name: 'end_function' }],
    ['name', { name: `c${'r'.repeat(64)}` }],
    ['version', { version: null }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: 3_600_001 }],
    ['retry', { retry: { initialMs: 2_000, maxMs: 1_000 } }],
    ['maxAttempts', { retry: { maxAttempts: 0 } }],
    ['after', { after: ['No Such'] }],
    ['run', { run: 'later' }],
    ['timeout', { timeout: 5 }],
  ])('is refused with the name of the wrong field: %s', (field, wrong) => {
    const definition = { name: 'crm', version: 1, run, ...wrong } as unknown as EndFunctionDefinition;
    expect(() => defineEndFunction(definition)).toThrow(new RegExp(field));
  });
});
