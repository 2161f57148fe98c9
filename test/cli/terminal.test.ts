/** What moves on a terminal, and what a parser of JSON is told: both without a process of their own. */
import { PassThrough } from 'node:stream';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { describeCall, timerWords } from '../../src/cli/admin/call-text.ts';
import { describeUsage, exitCodeOf } from '../../src/cli/exit.ts';
import { createProgram } from '../../src/cli/program.ts';
import { progressBar } from '../../src/cli/progress-bar.ts';
import { exitCodeOfSignal } from '../../src/cli/signals.ts';
import { canRedraw } from '../../src/cli/terminal.ts';

describe('lines that move', () => {
  it('are for terminals that can, and not for the log of a build', () => {
    const [tty, pipe] = [{ isTTY: true }, {}];
    expect(canRedraw(tty, { TERM: 'xterm' })).toBe(true);
    expect(canRedraw(tty, { TERM: 'xterm', CI: 'false' })).toBe(true);
    expect(canRedraw(tty, { TERM: 'xterm', CI: 'true' })).toBe(false);
    expect(canRedraw(tty, { TERM: 'dumb' })).toBe(false);
    expect(canRedraw(pipe, { TERM: 'xterm' })).toBe(false);
  });

  it('never wrap, and leave nothing behind', () => {
    const out = Object.assign(new PassThrough(), { isTTY: true, columns: 40 });
    const bar = progressBar(10, out as unknown as NodeJS.WriteStream, { TERM: 'xterm' });
    bar.show(10, '10/10 closed, 10 started, and much more');
    bar.end();
    const said = String(out.read());
    const [, drawn = '', rest] = said.split('\r\x1b[K');
    expect(drawn).toHaveLength(39);
    expect(drawn.startsWith('█'.repeat(30))).toBe(true);
    expect(rest).toBe('');
    const log = Object.assign(new PassThrough(), { isTTY: false });
    progressBar(10, log as unknown as NodeJS.WriteStream, {}).show(10, 'done');
    expect(log.read()).toBeNull();
  });
});

describe('a mistake on the command line, with --json', () => {
  async function mistake(...args: string[]): Promise<unknown> {
    try {
      await createProgram(true).parseAsync(['node', 'onhook', ...args, '--json']);
    } catch (error) {
      expect(exitCodeOf(error)).toBe(2);
      return error instanceof CommanderError ? JSON.parse(describeUsage(error, true) ?? '') : error;
    }
    return undefined;
  }

  it.each([
    [['tail', '--type', 'call.clsed'], /--type <type>.*Did you mean call\.closed\?/],
    [['calls', 'ls', '--state', 'drainin'], /Did you mean draining\?/],
    [['completion', 'bsh'], /Did you mean bash\?/],
    [['calls', 'kil', 'CA1'], /Did you mean kill\?/],
    [['nats', 'config', '--port', '99999'], /It is not a whole number from 1 to 65535/],
    [['calls'], /a command is missing/],
    [['help', 'calls', 'shwo'], /unknown command 'shwo'. Did you mean show\?/],
  ])('%j is one JSON object that names it', async (args, words) => {
    const found = await mistake(...args);
    const message =
      found instanceof Error ? found.message : (found as { error: { message: string } }).error.message;
    expect(message).toMatch(words);
  });
});

describe('exit codes of signals', () => {
  it('are 128 and the number', () => {
    expect([exitCodeOfSignal('SIGINT'), exitCodeOfSignal('SIGTERM'), exitCodeOfSignal('SIGHUP')]).toEqual([
      130, 143, 129,
    ]);
  });
});

describe('a call in words', () => {
  it('says what it waits for before what is far away, and what happened', () => {
    const text = describeCall({
      callId: 'CA1',
      state: 'active',
      value: { active: { gateway: 'heard', transfer: 'none' } },
      startedAt: 1_000,
      now: 11_000,
      timers: [
        { timerId: 'maxCall.call.active', dueAt: 14_111_000, durationMs: 1, absence: false },
        { timerId: 'drain.call.draining', dueAt: 20_200, durationMs: 1, absence: false },
      ],
      account: { provider: 'twilio', causes: [{ at: 5_000, type: 'end.requested', detail: 'done' }] },
      timeline: [{ at: 5_000, from: 'active', to: 'draining', cause: 'end.requested' }],
    });
    expect(text.split('\n')).toEqual([
      'call        CA1',
      'state       active: gateway heard, transfer none',
      'provider    twilio',
      'started     1970-01-01T00:00:01.000Z',
      'timer       drain in 9.2 s',
      'timer       maxCall in 3 h 55 m',
      'cause          +4.0 s  end.requested  done',
      'timeline       +4.0 s  active → draining  (end.requested)',
    ]);
    expect(timerWords('drain.call.draining', 1_000, 3_500)).toBe('drain due 2.5 s ago');
  });
});
