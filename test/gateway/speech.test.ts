/** Speech recognition talks many times a second; the log hears it once. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import { SpeechCoalescer } from '../../src/gateway/speech.ts';

function coalescer(): { clock: ManualClock; speech: SpeechCoalescer<string>; passed: string[] } {
  const clock = new ManualClock();
  const passed: string[] = [];
  return { clock, passed, speech: new SpeechCoalescer<string>(clock, (words) => passed.push(words)) };
}

describe('speech', () => {
  it('passes at once, then the latest of each second (log rule 42)', () => {
    const { clock, speech, passed } = coalescer();
    for (const words of ['I', 'I would', 'I would like']) speech.report(words, false);
    expect(passed).toEqual(['I']);
    clock.advance(1_000);
    expect(passed).toEqual(['I', 'I would like']);
    clock.advance(1_000);
    speech.report('more', false);
    expect(passed).toEqual(['I', 'I would like', 'more']);
  });

  it('passes final words at once and drops the partial ones they replace', () => {
    const { clock, speech, passed } = coalescer();
    speech.report('no', false);
    speech.report('no wait', false);
    speech.report('No, wait.', true);
    clock.advance(5_000);
    expect(passed).toEqual(['no', 'No, wait.']);
  });

  it('comes before the event that follows it, so that it does not look like a barge-in', () => {
    const { clock, speech, passed } = coalescer();
    speech.report('good', false);
    speech.report('goodbye', false);
    speech.release();
    clock.advance(5_000);
    expect(passed).toEqual(['good', 'goodbye']);
  });
});
