/** The runner over real processes: whatever a function does, its attempt ends in one outcome and harms no other. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { getPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { sibling, siblingExecArgv } from '../../src/end-functions/own-file.ts';
import type { ParentMessage } from '../../src/end-functions/protocol.ts';
import { PARENT_VARIABLE } from '../../src/end-functions/watch-thread.ts';
import { behaviours, input, isRunning, planted, startRunner } from './fixture.ts';

const runner = startRunner();
afterAll(() => runner.close());

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 20_000, interval: 25 });
const pidIn = (text: string | undefined): number => Number(/pid (\d+)/.exec(text ?? '')?.[1]);

describe('a function that returns', () => {
  it('gets the call and gives output and disposition', async () => {
    expect(await runner.run('succeeds')).toEqual({
      result: 'done',
      data: {
        output: { callId: 'CA1', intent: 'booking', said: 'hello', idempotencyKey: 'key-1', attempt: 1 },
        disposition: { code: 'resolved', detail: 'first contact' },
      },
    });
  });

  it.each(['returns-nothing', 'returns-something-else'])('is done without data: %s', async (name) => {
    expect(await runner.run(name)).toEqual({ result: 'done' });
  });

  it('cannot change what it was given', async () => {
    expect(await runner.run('frozen')).toMatchObject({ data: { output: ['state', 'nested'] } });
  });

  it('may fill the output cap exactly', async () => {
    expect(await runner.run('full-output')).toMatchObject({ result: 'done' });
  });

  it.each([
    ['huge-output', 'function_output_too_large', /64 KiB/],
    ['bigint-output', 'function_output_invalid', /not JSON/],
    ['cyclic-output', 'function_output_invalid', /not JSON/],
    ['function-output', 'function_output_invalid', /not JSON/],
    ['deep-output', 'function_output_invalid', /deeper than 16/],
    ['bad-disposition', 'function_disposition_invalid', /code/],
  ])('fails for good when its result cannot be kept: %s', async (name, code, detail) => {
    expect(await runner.run(name)).toEqual({ result: 'fatal', code, detail: expect.stringMatching(detail) });
  });
});

describe('a function that fails', () => {
  it('is tried again when it throws', async () => {
    expect(await runner.run('throws')).toMatchObject({ result: 'retry', code: 'function_threw' });
    expect(await runner.run('throws-undefined')).toMatchObject({ result: 'retry', code: 'function_threw' });
  });

  it('is not tried again when it throws a TerminalError', async () => {
    expect(await runner.run('terminal')).toEqual({
      result: 'fatal',
      code: 'function_terminal',
      detail: 'TerminalError: the account is closed',
    });
  });

  it('is missing when its module no longer defines it (log rule 11)', async () => {
    expect(await runner.run('renamed')).toMatchObject({ result: 'fatal', code: 'function_missing' });
  });

  it('is tried again when its module cannot be imported', async () => {
    const module = new URL('./functions/broken/throws.mjs', import.meta.url).href;
    const outcome = await runner.run('any', { module });
    expect(outcome).toMatchObject({
      result: 'retry',
      code: 'function_load_failed',
      detail: expect.stringMatching(/no DATABASE_URL/),
    });
  });

  it.each([
    ['exits', 'function_exited'],
    ['exits-calmly', 'function_exited'],
    ['rejects-unheard', 'function_exited'],
    ['kills-itself', 'function_killed'],
  ])('is tried again when its process ends: %s', async (name, code) => {
    expect(await runner.run(name)).toMatchObject({ result: 'retry', code });
    expect(await runner.run('succeeds')).toMatchObject({ result: 'done' });
  });

  it.each(['hogs-heap', 'hogs-buffers'])('ends alone when it takes too much memory: %s', async (name) => {
    const small = startRunner({ memoryLimitMb: 48 });
    expect(await small.run(name, { timeoutMs: 25_000 })).toMatchObject({
      result: 'retry',
      code: 'function_killed',
    });
    await small.close();
  });
});

describe('a function that takes too long', () => {
  it.each(['hangs', 'stops-when-asked', 'loops'])('is ended: %s', async (name) => {
    const outcome = await runner.run(name, { timeoutMs: 100 });
    expect(outcome).toEqual({
      result: 'retry',
      code: 'function_timeout',
      detail: 'not finished after 100 ms',
    });
  });

  it('may still finish when its signal aborts', async () => {
    const outcome = await runner.run('finishes-when-asked', { timeoutMs: 100 });
    expect(outcome).toEqual({ result: 'done', data: { output: 'partial' } });
  });

  it('is ended while its module loads, too', async () => {
    const impatient = startRunner({ loadTimeoutMs: 1_500 });
    const module = new URL('./functions/broken/loops.mjs', import.meta.url).href;
    expect(await impatient.run('any', { module })).toMatchObject({ code: 'function_load_timeout' });
    await impatient.close();
  });

  it('takes down what it started', async () => {
    await runner.run('starts-another', { timeoutMs: 1_000 });
    const pid = pidIn(runner.logs.findLast((line) => line.functionName === 'starts-another')?.message);
    expect(pid).toBeGreaterThan(0);
    await eventually(() => expect(isRunning(pid)).toBe(false));
  });

  it('does not hold up the others (invariant 18)', async () => {
    const givingUp = new AbortController();
    const stuck = [runner.run('hangs', givingUp), runner.run('loops', givingUp)];
    const others = await Promise.all([
      runner.run('succeeds'),
      runner.run('who-am-i'),
      runner.run('terminal'),
    ]);
    expect(others.map(({ result }) => result)).toEqual(['done', 'done', 'fatal']);
    givingUp.abort();
    expect(await Promise.all(stuck)).toMatchObject([
      { code: 'function_cancelled' },
      { code: 'function_cancelled' },
    ]);
  });
});

describe('processes', () => {
  it('are used again while healthy, and replaced when not', async () => {
    const one = startRunner({ maxProcesses: 1 });
    const [first, second] = [await one.run('who-am-i'), await one.run('who-am-i')];
    expect(second).toEqual(first);
    await one.run('throws');
    expect(await one.run('who-am-i')).toEqual(first);
    await one.run('hangs', { timeoutMs: 50 });
    expect(await one.run('hangs', { timeoutMs: 50 })).toMatchObject({ code: 'function_timeout' });
    await one.close();
  });

  it('are at most so many: the next attempt waits its turn', async () => {
    const one = startRunner({ maxProcesses: 1 });
    const outcomes = await Promise.all([1, 2, 3].map(() => one.run('who-am-i')));
    expect(outcomes[0]).toMatchObject({ result: 'done' });
    expect(outcomes).toEqual([outcomes[0], outcomes[0], outcomes[0]]);
    await one.close();
  });

  it('belong to one function: one that hangs holds up no other, not even of its module', async () => {
    const one = startRunner({ maxProcesses: 1 });
    const hanging = [1, 2, 3].map(() => one.run('hangs', { timeoutMs: 60_000 }));
    expect(await one.run('who-am-i')).toMatchObject({ result: 'done' });
    await one.close();
    for (const outcome of await Promise.all(hanging)) expect(outcome.code).toBe('function_cancelled');
  });

  it('yield the machine to this one', async () => {
    const pid = Number((await runner.run('who-am-i')).data?.['output']);
    expect(getPriority(pid)).toBeGreaterThan(getPriority());
  });

  it('serve one module each', async () => {
    const one = startRunner({ maxProcesses: 1 });
    const module = new URL('./functions/bare.mjs', import.meta.url).href;
    expect(await one.run('who-am-i')).toMatchObject({ result: 'done' });
    expect(await one.run('end_function', { module })).toMatchObject({
      data: { output: 'booking by 1 lines' },
    });
    expect(await one.run('who-am-i')).toMatchObject({ result: 'done' });
    await one.close();
  });

  it('end with the runner, waiting attempts included', async () => {
    const closing = startRunner({ maxProcesses: 1 });
    const pid = Number((await closing.run('who-am-i')).data?.['output']);
    const waiting = [closing.run('hangs'), closing.run('hangs')];
    await closing.close();
    await closing.close();
    expect(await Promise.all(waiting)).toMatchObject([
      { code: 'function_cancelled' },
      { code: 'function_cancelled' },
    ]);
    expect(isRunning(pid)).toBe(false);
    expect(await closing.run('succeeds')).toMatchObject({ code: 'function_cancelled' });
  });

  it('do not outlive an onhook that was killed, even in an endless loop', async () => {
    const program = fileURLToPath(new URL('./functions/killed-parent.ts', import.meta.url));
    const parent = fork(program, [], { execArgv: siblingExecArgv(), silent: true });
    const [pid] = (await once(parent, 'message')) as [number];
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(() => expect(isRunning(pid)).toBe(false));
  });
});

describe('a process whose onhook was killed while it started', () => {
  it('does not loop for ever: who its parent is it was told, and does not ask', async () => {
    const nobody = '1';
    const child = fork(fileURLToPath(sibling('child')), [], {
      execArgv: siblingExecArgv(),
      env: { ...process.env, [PARENT_VARIABLE]: nobody },
      silent: true,
      detached: true,
    });
    const ended = once(child, 'exit');
    child.send({ kind: 'run', module: behaviours, name: 'loops', input } satisfies ParentMessage);
    expect(await ended).toEqual([null, 'SIGKILL']);
  });
});

describe('what a function says', () => {
  it('is logged with its name, without secrets and without breaking it', async () => {
    expect(await runner.run('logs')).toEqual({ result: 'done' });
    const lines = runner.logs.filter((line) => line.functionName === 'logs');
    expect(lines).toEqual([
      expect.objectContaining({
        from: 'log',
        attempt: 1,
        message: 'posting to [CRM_URL]',
        fields: { ticket: 'T-1', url: '[CRM_URL]' },
      }),
      expect.objectContaining({ message: 'with fields that are not JSON' }),
    ]);
  });

  it('on stdout and stderr is kept apart from ours, to the last 4 KiB', async () => {
    await runner.run('prints');
    const line = runner.logs.findLast(({ functionName }) => functionName === 'prints');
    expect(line).toMatchObject({ from: 'output', message: expect.stringMatching(/the end\n$/) });
    expect(line?.message.length).toBe(4_096);
  });

  it('just before its process ends is heard', async () => {
    await runner.run('exits');
    expect(runner.logs.findLast((line) => line.functionName === 'exits')?.message).toMatch(/no more/);
  });

  it('is bounded: a chatterbox is cut off, a flood ends its process', async () => {
    expect(await runner.run('chatters')).toEqual({ result: 'done' });
    expect(runner.logs.filter((line) => line.functionName === 'chatters')).toHaveLength(200);
    expect(await runner.run('imitates')).toMatchObject({ result: 'fatal', code: 'function_flooded' });
    expect(runner.logs.filter((line) => line.functionName === 'imitates').length).toBeLessThanOrEqual(1_000);
    expect(await runner.run('sends')).toMatchObject({ data: { output: 'undefined' } });
  });
});

describe('secrets', () => {
  it('of onhook are not in the environment of a function; variables that the operator named are', async () => {
    const outcome = await runner.run('environment');
    const seen = outcome.data?.['output'];
    expect(seen).toMatchObject({ CRM_URL: planted.CRM_URL, PATH: process.env['PATH'] });
    const text = JSON.stringify(seen);
    const others = Object.entries(planted).filter(([name]) => name !== 'CRM_URL');
    for (const [name, value] of others) expect(text).not.toMatch(new RegExp(`${name}|${value}`));
    expect(text).not.toMatch(/ONHOOK_/);
  });

  it('are not in outcomes (invariant 22)', async () => {
    const outcome = await runner.run('throws');
    expect(outcome.detail).toBe('TypeError: cannot reach [CRM_URL]');
  });
});
