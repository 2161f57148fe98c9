/** What the report makes of records: each finding from the record of a call that was folded, and their sum. */
import { describe, expect, it } from 'vitest';
import { reportOf } from '../../src/cli/report/report.ts';
import { sinceOf } from '../../src/cli/report/since.ts';
import { textOf } from '../../src/cli/report/text.ts';
import type { CallRecord } from '../../src/contract/call-record.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { runCli } from './run-cli.ts';
import { GONE, twilioCall } from '../actors/call-under-test.ts';
import type { CallUnderTest } from '../actors/call-under-test.ts';

const ZOMBIE_MS = 30_000;
let calls = 0;

/** A call that says its goodbye of `goodbyeMs` and is only watched. */
function watched(goodbyeMs: number, policy: JsonObject = {}): CallUnderTest {
  calls += 1;
  const call = twilioCall({
    policy: { mode: 'observe', ...policy },
    capabilities: { farewellEvents: true },
  }).play('end.requested');
  return call.play('farewell.started', { utteranceId: 'bye', expectedMs: goodbyeMs });
}

function lineDown(call: CallUnderTest): CallRecord {
  call.webhook('leg.status', { leg: 'carrier', status: 'completed' }).untilClosed();
  return { ...call.record, callId: `CA${calls}` };
}

const finish = (call: CallUnderTest, audioMs: number): CallUnderTest =>
  call.play('farewell.finished', { utteranceId: 'bye', audioMs });

/** Ends well: the gateway hangs up half a second after its goodbye. */
const well = (): CallRecord => lineDown(finish(watched(2_000).wait(2_000), 2_000).wait(500));

/** The gateway believes that it hung up; the line stays until the caller gives up. */
function forgotten(): CallRecord {
  const call = finish(watched(2_000).wait(2_000), 2_000).wait(500).play('call.ended', { by: 'agent' });
  return lineDown(call.wait(600_000));
}

/** The gateway's own timer hangs up into its goodbye. */
const cut = (): CallRecord =>
  lineDown(watched(20_000).wait(3_000).play('call.ended', { by: 'agent' }).wait(100));

describe('onhook report', () => {
  it('finds the line that outlived its call, and for how long', () => {
    const { summaries, calls: worst } = reportOf([well(), forgotten()], 0, ZOMBIE_MS);
    expect(summaries[0]).toMatchObject({ mode: 'observe', calls: 2, zombies: { calls: 1 } });
    expect(summaries[0]?.zombies.maxMs).toBeGreaterThanOrEqual(600_000);
    expect(worst).toHaveLength(1);
    expect(worst[0]?.overtimeMs).toBeGreaterThanOrEqual(600_000);
  });

  it('finds goodbyes that the gateway cut, and none where the caller left or the goodbye was over', () => {
    const callerLeft = watched(20_000).wait(1_000).play('caller.left').untilClosed().record;
    const { summaries } = reportOf([well(), cut(), callerLeft], 0, ZOMBIE_MS);
    expect(summaries[0]?.cutGoodbyes).toEqual({ calls: 1, byGateway: 1 });
  });

  it('claims no cut of a goodbye whose length nobody told', () => {
    const spoken = twilioCall({ policy: { mode: 'observe' } }).play('end.requested', { farewell: 'spoken' });
    spoken.wait(500).play('call.ended', { by: 'agent' });
    expect(reportOf([lineDown(spoken)], 0, ZOMBIE_MS).summaries[0]?.cutGoodbyes.calls).toBe(0);
  });

  it('measures the silence after the goodbye, and what onhook would have saved', () => {
    const slow = lineDown(finish(watched(2_000).wait(2_000), 2_000).wait(4_000));
    const { summaries } = reportOf([well(), well(), slow], 0, ZOMBIE_MS);
    expect(summaries[0]?.silence).toEqual({ known: 3, medianMs: 500, p95Ms: 4_000, maxMs: 4_000 });
    expect(summaries[0]?.earlier).toEqual({ calls: 1, totalMs: 4_000 });
    expect(summaries[0]?.would).toMatchObject({ 'end-accepted': 3 });
  });

  it('says so when nobody told that a line is down, and calls it no zombie', () => {
    const unseen = finish(watched(2_000).wait(2_000), 2_000).untilClosed().record;
    const { summaries, calls: listed } = reportOf([unseen], 0, ZOMBIE_MS);
    expect(summaries[0]).toMatchObject({ endNotSeen: 1, zombies: { calls: 0 } });
    expect(textOf(reportOf([unseen], 0, ZOMBIE_MS))).toContain(
      'publish caller.left, or connect the webhooks',
    );
    expect(listed).toHaveLength(1);
  });

  it('counts the calls that a backstop had to end (row 62), and leaves those out that onhook ends itself', () => {
    const left = finish(watched(1_000, { mode: 'backstop' }).wait(1_000), 1_000).untilClosed().record;
    const own = twilioCall({}).play('end.requested', { farewell: 'none' }).untilClosed().record;
    const { summaries, calls: listed } = reportOf([left, own], 0, ZOMBIE_MS);
    expect(summaries.map(({ calls: count, acted }) => [count, acted])).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(listed.map(({ acted }) => acted)).toEqual([true]);
  });

  it('counts none that the gateway had ended itself, which only nobody told (row 61)', () => {
    const call = finish(watched(1_000, { mode: 'backstop' }).wait(1_000), 1_000);
    call.script = { ...call.script, 'hang-up-leg': GONE };
    const { record } = call.untilClosed();
    expect(record.legs['carrier']).toMatchObject({ termination: 'already_ended', attempts: 1 });
    expect(record.causes.map(({ type }) => type)).toContain('backstop_acted');
    const { summaries, calls: listed } = reportOf([record], 0, ZOMBIE_MS);
    expect([summaries[1]?.calls, summaries[1]?.acted, listed]).toEqual([1, 0, []]);
  });

  it('reads on a terminal', () => {
    const text = textOf(reportOf([well(), forgotten(), cut()], 0, ZOMBIE_MS));
    expect(text.split('\n')[0]).toBe('3 calls only watched since 1970-01-01T00:00Z');
    expect(text).toMatch(/zombie lines +1 \(33\.3 %\)/);
    expect(text).toMatch(/cut goodbyes +1 \(33\.3 %\) +1 by the gateway's own hangup/);
    expect(text).toMatch(/goodbye cut by the gateway/);
    expect(textOf(reportOf([], 0, ZOMBIE_MS))).toContain('ONHOOK_MODE=observe');
  });

  it('goes back as far as it is told', () => {
    expect(sinceOf('24h', 86_400_000)).toBe(0);
    expect(sinceOf('2026-01-02T00:00:00Z', 0)).toBe(Date.UTC(2026, 0, 2));
    expect(() => sinceOf('yesterday', 0)).toThrow('neither a span');
    const record = well();
    expect(reportOf([record], record.closedAt + 1, ZOMBIE_MS).summaries[0]?.calls).toBe(0);
  });

  it('is a command: a span that means nothing is wrong usage', async () => {
    const { code, stderr } = await runCli(['report', '--since', 'yesterday']);
    expect(code).toBe(2);
    expect(stderr).toContain('24h or 7d');
  });
});
