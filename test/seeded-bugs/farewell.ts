/** Bugs in how a goodbye is waited for, and in what cuts it. */
import type { SeededBug } from './seeded-bug.ts';

const suspects = [
  'test/actors/decision-farewell.test.ts',
  'test/actors/field-rules-farewell.test.ts',
  'test/actors/decision-system.test.ts',
];

export const FAREWELL_BUGS: readonly SeededBug[] = [
  {
    id: 'mark-name-ignored',
    bug: 'Any echoed mark confirms the farewell, whatever its name',
    file: 'machines/call/guards.ts',
    search:
      "isOurMark: ({ context, event }: Moment) => as(event, 'mark.echoed')?.data.name === context.farewell?.mark,",
    replace: "isOurMark: ({ event }: Moment) => as(event, 'mark.echoed') !== undefined,",
    suspects,
  },
  {
    id: 'clear-ignored-under-lock',
    bug: 'A clear under lock is taken for nothing: the call waits for a mark that proves nothing',
    file: 'machines/call/guards.ts',
    search: "bargeInIsLocked: ({ context }: Moment) => bargeInOf(context) === 'lock',",
    replace: 'bargeInIsLocked: () => false,',
    suspects,
  },
  {
    id: 'clear-forgotten',
    bug: 'A clear in the drain is forgotten: the mark that was sent before it still confirms',
    file: 'machines/call/ending.ts',
    search: "actions: ['farewellInterrupted', 'holdAfterInterruption', 'nameMark', 'sendMark'],",
    replace: "actions: ['holdAfterInterruption'],",
    suspects,
  },
  {
    id: 'mark-name-reused',
    bug: 'A second mark has the name of the first',
    file: 'machines/call/farewell.ts',
    search: '`onhook-${context.endAttempt}-${(context.farewell?.marks ?? 0) + 1}`',
    replace: '`onhook-${context.endAttempt}-1`',
    suspects,
  },
  {
    id: 'late-echo-upgrades',
    bug: 'An echo after the timer makes a farewell that timed out a confirmed one',
    file: 'machines/call/assigns.ts',
    search: 'return farewell === undefined || !PENDING.has(farewell.outcome)',
    replace: 'return farewell === undefined',
    suspects,
  },
  {
    id: 'repeat-shortens',
    bug: 'A repeated request to end cuts the goodbye',
    file: 'machines/call/ending.ts',
    search: "'end.requested': { actions: 'acceptEndAgain' },",
    replace: "'end.requested': { target: TERMINATING, actions: 'acceptEndAgain' },",
    suspects,
  },
  {
    id: 'other-utterance-ends-farewell',
    bug: 'The end of another utterance is taken for the end of the goodbye',
    file: 'machines/call/farewell.ts',
    search: '(farewell.utteranceId ?? utteranceId) === utteranceId',
    replace: 'utteranceId !== undefined',
    suspects,
  },
  {
    id: 'known-length-ignored',
    bug: 'A goodbye whose length is known is cut at the deadline for unknown lengths',
    file: 'machines/call/timers.ts',
    search:
      'return remaining === undefined ? farewellMs : Math.min(remaining + playoutGraceMs, farewellMaxMs);',
    replace: 'return Math.min(farewellMs, farewellMaxMs, remaining ?? playoutGraceMs + farewellMs);',
    suspects,
  },
  {
    id: 'acknowledgement-resumes',
    bug: '“Okay, bye” under resume takes the end back',
    file: 'machines/call/guards.ts',
    search: '!isAcknowledgement(spoke.data.text)',
    replace: "spoke.data.text !== ''",
    suspects,
  },
  {
    id: 'cancel-untold',
    bug: 'A cancelled end is not told to the gateway: the model believes that it hung up',
    file: 'machines/call/effects.ts',
    search: "      'end-cancelled',\n",
    replace: "      'end-accepted',\n",
    suspects,
  },
  {
    id: 'barge-in-without-end',
    bug: 'The caller may take the end back for ever',
    file: 'machines/call/farewell.ts',
    search: 'context.bargeIns >= context.policy.bargeInMax',
    replace: 'context.bargeIns > 1_000',
    suspects,
  },
  {
    id: 'gap-confirms',
    bug: 'After a gap in the gateway’s numbering, in which a clear may have been lost, an echo confirms',
    file: 'machines/call/assigns.ts',
    search: "of<'mark.echoed'>(m).data.gap === true",
    replace: "of<'mark.echoed'>(m).data.name === ''",
    suspects: ['test/actors/post-call.test.ts'],
  },
];
