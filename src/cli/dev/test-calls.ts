/** Calls that the dashboard of `onhook dev` can start: those of the demo, and one that stays open. */
import type { TestCalls } from '../../admin/parts.ts';
import { startDemo } from '../demo/demo.ts';
import type { DemoOptions } from '../demo/demo.ts';
import type { DemoScript } from '../demo/script.ts';
import { DEMO_SCRIPTS } from '../demo/scripts.ts';
import { Closers } from '../closers.ts';

/** Five minutes of talk: time to look at a call, to end it or to kill it. */
const LONG_TURNS = 100;
/** A gateway outlives its call by this much. */
const FAREWELL_MS = 5_000;

const LONG_TALK: DemoScript = {
  name: 'long-talk',
  title: 'A long talk, to be ended by hand',
  expected: { endedBy: 'operator', endReason: 'operator_ended', farewell: 'none_needed', note: '' },
  startsAfterMs: 0,
  provider: 'twilio',
  from: '+12025550147',
  to: '+12025550100',
  state: { intent: 'chat' },
  turns: Array.from({ length: LONG_TURNS }, (_, turn) => ({
    who: turn % 2 === 0 ? 'agent' : 'caller',
    text: turn % 2 === 0 ? 'Is there anything else that I can do?' : 'Let me think about it for a moment.',
  })),
  goodbye: 'Thank you for the long talk. Goodbye!',
  farewell: 'reply',
  reason: 'nothing left to say',
};

const SCRIPTS: readonly DemoScript[] = [...DEMO_SCRIPTS, LONG_TALK];

/** Answers nothing until {@link TestCallDesk.open}; each call has a gateway and a carrier of its own. */
export class TestCallDesk implements TestCalls {
  readonly scripts = SCRIPTS.map(({ name, title }) => ({ name, title }));
  private options: Omit<DemoOptions, 'scripts'> | undefined;
  private readonly closers = new Closers();

  /** Once the playground runs. */
  open(options: Omit<DemoOptions, 'scripts'>): void {
    this.options = options;
  }

  async start(name: string): Promise<string | undefined> {
    const script = SCRIPTS.find((candidate) => candidate.name === name);
    if (script === undefined || this.options === undefined) return undefined;
    const demo = await startDemo({ ...this.options, scripts: [{ ...script, startsAfterMs: 0 }] });
    this.closers.add(() => demo.close());
    const { clock } = this.options;
    // Not at once: the gateway still answers what onhook asks after the line went down.
    void demo.run().then(() => clock.after(FAREWELL_MS, () => void demo.close()));
    return demo.calls[0]?.callId;
  }

  /** Ends what still talks. May run twice. */
  close(): Promise<void> {
    return this.closers.close();
  }
}
