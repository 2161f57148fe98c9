/** What the race explorer has found, as it printed it. */
import { expect, it } from 'vitest';
import { retrace } from '../../src/testing/explorer/index.ts';

it('invariant 24: a leg that survives a transfer is not asked to end, also when its room shows it later', () => {
  const moves = ['say call.transferred, carrier survives', 'settle delete-room room #1 done, with a SIP leg'];
  expect(retrace('a room: every pair of endings', moves)).toEqual([]);
});

it('invariant 13: a repeat of a quarantine changes nothing', () => {
  expect(retrace('a line: every pair of endings', ['say call.quarantined'])).toEqual([]);
});

it('an emergency hangup that is told twice changes nothing the second time (invariant 13)', () => {
  expect(retrace('hung up in an emergency', ['say hung up in an emergency, done'])).toEqual([]);
});

it('an emergency hangup that is told after the end changes nothing (invariant 15)', () => {
  const moves = [
    'say caller.left',
    'settle hang-up-leg carrier #1 done',
    'settle command close #1 done',
    'wait',
    'fire settle.call.post-processing.settling',
    'settle publish-record #1 done',
  ];
  expect(retrace('hung up in an emergency', moves)).toEqual([]);
});
