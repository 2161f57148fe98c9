/** `onhook dev`: a playground, six calls, and what became of them. */
import type { Command } from 'commander';
import { systemClock } from '../../clock/system-clock.ts';
import type { CallRecord } from '../../contract/call-record.ts';
import { recordSubject } from '../../contract/subjects.ts';
import { DEMO_END_FUNCTIONS, startDemo } from '../demo/demo.ts';
import type { Demo } from '../demo/demo.ts';
import { EXIT } from '../exit.ts';
import { createOutput } from '../output.ts';
import { flagsOf } from '../settings.ts';
import { aborted, endInterrupted, interrupted } from '../signals.ts';
import { logLines } from './log-lines.ts';
import { startPlayground } from './playground.ts';
import type { Playground } from './playground.ts';
import { TestCallDesk } from './test-calls.ts';
import { createScreen } from './screen.ts';
import type { Screen } from './screen.ts';
import { newStory, told } from './story.ts';
import { describeVerdict, judge } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** The longest of the six takes about half a minute; a busy machine may take longer. */
const CLOSE_TIMEOUT_MS = 120_000;

interface DevOptions {
  readonly json: boolean;
  readonly once: boolean;
  readonly config?: string;
  readonly inspect?: string;
}

interface Stage {
  readonly playground: Playground;
  readonly demo: Demo;
  readonly screen: Screen;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** With `--once` exit 1 unless all six ended as expected; else stays until Ctrl-C. Leaves nothing behind. */
export async function dev(command: Command): Promise<void> {
  const { json, once, config, inspect } = command.optsWithGlobals<DevOptions>();
  const output = createOutput(json);
  const screen = createScreen(process.stdout, json);
  const stop = interrupted();
  const testCalls = new TestCallDesk();
  const playground = await startPlayground({
    env: process.env,
    flags: flagsOf(command),
    file: config,
    ports: 'preferred',
    endFunctions: [DEMO_END_FUNCTIONS.href],
    testCalls,
    inspectorUrl: inspect,
    logTo: json ? process.stderr : logLines(screen),
    say: (text) => screen.say(text),
  });
  try {
    const { natsUrl, prefix, stubTwilio, node } = playground;
    screen.say(`Dashboard: ${node.adminUrl}\n`);
    const statusCallbackUrl = `${node.ingressUrl}/webhooks/twilio/status`;
    const stage = { natsUrl, prefix, stubTwilio, clock: systemClock, statusCallbackUrl };
    testCalls.open(stage);
    const demo = await startDemo(stage);
    try {
      const verdicts = await play({ playground, demo, screen, json, signal: stop.signal });
      if (stop.signal.aborted) {
        // Without `--once` Ctrl-C is how it ends; with it the summary is missing.
        if (once) endInterrupted(stop.signal);
        return;
      }
      const expected = verdicts.every(({ deviations }) => deviations.length === 0);
      const deliveries = playground.stubCrm.deliveries().length;
      const summary = { ok: expected, deliveries, calls: verdicts, dashboard: node.adminUrl };
      output.line(summary, () => describe(verdicts, deliveries));
      if (once) process.exitCode = expected ? EXIT.ok : EXIT.failed;
      else {
        screen.say(`\nStill running: ${node.adminUrl}   Ctrl-C ends it.`);
        await aborted(stop.signal);
      }
    } finally {
      await testCalls.close();
      await demo.close();
    }
  } finally {
    await playground.close();
    stop.release();
  }
}

function describe(verdicts: readonly Verdict[], deliveries: number): string {
  const good = verdicts.filter(({ deviations }) => deviations.length === 0).length;
  const last = `${good} of ${verdicts.length} calls ended as expected; the CRM got ${deliveries} signed webhooks`;
  return `\n${[...verdicts.map(describeVerdict), last].join('\n')}`;
}

/** Runs the calls and shows them until each has closed, or nobody wants to wait any longer. */
async function play(stage: Stage): Promise<Verdict[]> {
  const { playground, demo, screen, json, signal } = stage;
  let story = newStory(demo.calls);
  let finish: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (finish = resolve));
  const stopWatching = playground.node.view.subscribe((event) => {
    const next = told(story, event);
    if (json && story.has(event.callId)) process.stdout.write(`${JSON.stringify(event)}\n`);
    if (next === story) return;
    story = next;
    screen.show(story);
    if ([...story.values()].every((chapter) => chapter.closed)) finish();
  });
  screen.show(story);
  const running = demo.run();
  const timer = systemClock.after(CLOSE_TIMEOUT_MS, () => finish());
  await Promise.race([closed, aborted(signal), running.then(() => closed)]);
  timer.cancel();
  stopWatching();
  screen.end();
  if (signal.aborted) return [];
  return Promise.all(demo.calls.map(async (call) => judge(call, await recordOf(playground, call.callId))));
}

async function recordOf({ node, prefix }: Playground, callId: string): Promise<CallRecord | undefined> {
  const stored = await node.log.last('records', recordSubject(prefix, callId));
  return stored && (JSON.parse(new TextDecoder().decode(stored.data)) as CallRecord);
}
