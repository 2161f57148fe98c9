/** Commands act once and in the order of their decisions, whatever the network does to them. */
import { describe, expect, it } from 'vitest';
import { CommandDesk } from '../../src/gateway/command-desk.ts';
import { CommandRefused } from '../../src/gateway/errors.ts';

function desk(run: () => void | Promise<void> = () => undefined): {
  desk: CommandDesk;
  acted: string[];
  failed: string[];
} {
  const acted: string[] = [];
  const failed: string[] = [];
  const act = (word: string) => async () => {
    acted.push(word);
    await run();
  };
  const handlers = { mark: act('mark'), clear: act('clear'), say: act('say'), close: act('close') };
  return { desk: new CommandDesk(handlers, (verb) => failed.push(verb)), acted, failed };
}

const duplicate = { ok: true, fields: { acted: false, why: 'duplicate' } };
const superseded = { ok: true, fields: { acted: false, why: 'superseded' } };

describe('a command', () => {
  it('acts once per effect id, however often it comes (log rule 33, invariant 28)', async () => {
    const { desk: commands, acted } = desk();
    const mark = { effectId: 'e1', era: 0, seq: 7, name: 'm1' };
    expect(await commands.handle('mark', mark)).toEqual({ ok: true });
    expect(await commands.handle('mark', mark)).toEqual(duplicate);
    expect(await commands.handle('mark', mark)).toEqual(duplicate);
    expect(acted).toEqual(['mark']);
  });

  it('acts once when it is repeated while it still runs', async () => {
    const opened = withResolvers();
    const { desk: commands, acted } = desk(() => opened.promise);
    const close = { effectId: 'e1', era: 0, seq: 7 };
    const first = commands.handle('close', close);
    const second = commands.handle('close', close);
    opened.resolve();
    expect(await first).toEqual({ ok: true });
    expect(await second).toEqual(duplicate);
    expect(acted).toEqual(['close']);
  });

  it('is superseded by a newer mark, clear, say or farewell (log rule 33)', async () => {
    const { desk: commands, acted } = desk();
    expect(await commands.handle('clear', { effectId: 'e2', era: 0, seq: 9 })).toEqual({ ok: true });
    expect(await commands.handle('mark', { effectId: 'e1', era: 0, seq: 8, name: 'm1' })).toEqual(superseded);
    expect(await commands.handle('mark', { effectId: 'e3', era: 1, seq: 2, name: 'm2' })).toEqual({
      ok: true,
    });
    expect(acted).toEqual(['clear', 'mark']);
  });

  it('closes although a newer command came: only playback supersedes playback', async () => {
    const { desk: commands, acted } = desk();
    await commands.handle('mark', { effectId: 'e2', era: 0, seq: 9, name: 'm1' });
    expect(await commands.handle('close', { effectId: 'e1', era: 0, seq: 1 })).toEqual({ ok: true });
    expect(acted).toEqual(['mark', 'close']);
  });

  it('runs again after its handler failed, and never tells what the handler threw', async () => {
    let failures = 1;
    const {
      desk: commands,
      acted,
      failed,
    } = desk(() => {
      if (failures-- > 0) throw new TypeError('password=hunter2');
    });
    const say = { effectId: 'e1', era: 0, seq: 1, text: 'bye', utteranceId: 'u1' };
    expect(await commands.handle('say', say)).toEqual({ ok: false, code: 500, error: 'command_failed' });
    expect(await commands.handle('say', say)).toEqual({ ok: true });
    expect(acted).toEqual(['say', 'say']);
    expect(failed).toEqual(['say']);
  });

  it('answers with the code that a handler refused with', async () => {
    const { desk: commands } = desk(() => {
      throw new CommandRefused('stream_closed');
    });
    const answer = await commands.handle('mark', { effectId: 'e1', era: 0, seq: 1, name: 'm1' });
    expect(answer).toEqual({ ok: false, code: 409, error: 'stream_closed' });
  });

  it.each([
    ['ping', {}, { ok: true }],
    ['end-accepted', { attempt: 1 }, { ok: true }],
    ['farewell', { attempt: 1 }, { ok: false, code: 501, error: 'unsupported_command' }],
    ['reboot', {}, { ok: false, code: 404, error: 'unknown_command' }],
    ['mark', undefined, { ok: false, code: 400, error: 'malformed_command' }],
  ])('%s with %j is always answered', async (verb, body, answer) => {
    expect(await desk().desk.handle(verb, body)).toEqual(answer);
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
