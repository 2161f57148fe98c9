/** What an absence or a refusal proves, and for whom (log rules 24 and 33, rule R11). */
import { describe, expect, it } from 'vitest';
import { aCall, NOBODY } from './call-under-test.ts';
import type { CallUnderTest } from './call-under-test.ts';

const LOST = { 'permit-unattended': 'never', ping: NOBODY } as const;

describe('a gateway that nobody answers for', () => {
  const pinged = (restoredAgoMs: number): CallUnderTest => {
    const call = aCall({ script: { ping: NOBODY, 'ask-leg': 'never' } });
    call.wait(call.context.timers.livenessMs);
    while (call.of('command').length === 0) call.wait(1_000);
    call.world = { ...call.world, restoredAt: call.at - restoredAgoMs };
    return call;
  };

  it('is believed to be gone after the time that a command is tried', () => {
    const call = pinged(60_000).wait(3_500);
    expect(call.of('ask-leg')).toHaveLength(1);
  });

  it('is not held to it while it may still be connecting again, as we just did (log rule 33)', () => {
    const call = pinged(0).wait(4_000);
    expect(call.of('ask-leg')).toEqual([]);
    expect(call.wait(4_000).of('ask-leg')).toHaveLength(1);
  });
});

describe('a permit to end without evidence (log rule 24)', () => {
  const lose = (call: CallUnderTest): string => {
    const before = call.of('permit-unattended').length;
    for (let waited = 0; waited < 200_000 && call.of('permit-unattended').length === before; waited += 1_000)
      call.wait(1_000);
    return call.of('permit-unattended').at(-1)?.effectId ?? '';
  };

  it('serves the loss that asked for it', () => {
    const call = aCall({ script: LOST });
    call.own('unattended.permitted', { effectId: lose(call) });
    expect(call.path).not.toBe('A');
  });

  it('that was on its way when the gateway came back does not serve a later loss', () => {
    const call = aCall({ script: LOST });
    const first = lose(call);
    call.play('agent.spoke');
    const second = lose(call);
    expect(second).not.toBe(first);
    call.own('unattended.permitted', { effectId: first });
    expect([call.path, call.verdicts.at(-1)]).toEqual(['A', 'late']);
    call.own('unattended.permitted', { effectId: second });
    expect(call.path).not.toBe('A');
  });
});

it('an end whose fields could not all be read is taken, and somebody is told', () => {
  const call = aCall()
    .play('end.requested', { ignored: ['farewell'] })
    .echo();
  expect(call.alarms).toEqual(['event_field_ignored']);
  expect(call.untilClosed().ending).toBe('agent / agent_end_call / confirmed');
});
