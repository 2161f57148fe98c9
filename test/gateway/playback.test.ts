/** The carrier double plays as Twilio plays. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { Playback } from '../../src/testing/stub-carrier/playback.ts';

function playback(speed = 1): { clock: ManualClock; play: Playback; echoed: string[] } {
  const clock = new ManualClock();
  const echoed: string[] = [];
  return { clock, echoed, play: new Playback({ clock, speed, onMark: (name) => echoed.push(name) }) };
}

describe('the playout buffer of the carrier', () => {
  it('echoes a mark when the audio before it has played, not earlier', () => {
    const { clock, play, echoed } = playback();
    play.audio(8_000);
    play.mark('m1');
    play.audio(8_000);
    play.mark('m2');
    clock.advance(999);
    expect(echoed).toEqual([]);
    clock.advance(1);
    expect(echoed).toEqual(['m1']);
    clock.advance(1_000);
    expect(echoed).toEqual(['m1', 'm2']);
  });

  it('returns every pending mark on clear, though nobody heard the audio (field rule 16)', () => {
    const { clock, play, echoed } = playback();
    play.audio(80_000);
    play.mark('m1');
    play.mark('m2');
    play.clear();
    expect(echoed).toEqual(['m1', 'm2']);
    expect(play.remainingMs()).toBe(0);
    clock.advance(60_000);
    expect(echoed).toEqual(['m1', 'm2']);
  });

  it('plays faster when asked, and nothing comes back after the call', () => {
    const { clock, play, echoed } = playback(10);
    play.audio(8_000);
    play.mark('m1');
    clock.advance(100);
    expect(echoed).toEqual(['m1']);
    play.audio(8_000);
    play.mark('m2');
    play.stop();
    clock.advance(60_000);
    expect(echoed).toEqual(['m1']);
  });
});
