/**
 * The life of a call. Read top to bottom this is the specification: each state says whom it waits for,
 * how long, and what happens if that never comes. The machine decides and never acts; its actions are
 * changes of what the call remembers (`assigns.ts`), effects as data (`effects.ts`) and remarks.
 */
import { active } from './active.ts';
import { chart } from './chart.ts';
import { initialContext } from './context.ts';
import { draining, farewellSpeaking } from './ending.ts';
import { postProcessing } from './post-processing.ts';
import { terminating } from './terminating.ts';

export const callMachine = chart.createMachine({
  id: 'call',
  context: ({ input }) => initialContext(input),
  initial: 'active',
  after: {
    // No call outlives this, whatever else is armed (field rule 43, row 65).
    lifetime: [
      {
        guard: 'everyLineIsSettled',
        target: '.post-processing.recording',
        actions: [
          'endedByLifetime',
          'farewellUnconfirmed',
          'forceAll',
          'functionsRunOut',
          'redriveFunctions',
        ],
      },
      {
        target: '.post-processing.recording',
        actions: [
          'endedByLifetime',
          'farewellUnconfirmed',
          'forceAll',
          'alarmCarrierUnconfirmed',
          'orphanCarrier',
          'orphanRoom',
          'orphanOthers',
          'functionsRunOut',
          'redriveFunctions',
        ],
      },
    ],
  },
  states: {
    /** The conversation. Ends by a request, a fact of the far end, a deadline, or a verified absence. */
    active,
    /** The gateway produces the goodbye. Waits for its start, then its end; timers cut both. */
    'farewell-speaking': farewellSpeaking,
    /** The goodbye is buffered. Waits for the echo of our mark; the drain timer is the safety net. */
    draining,
    /** Carrier, room, session and further legs are ended in parallel. Waits for evidence of each. */
    terminating,
    /** The line is down. Waits for late facts, the end functions, and the record's acknowledgement. */
    'post-processing': postProcessing,
    /** Nothing changes the call any more (invariant 15). */
    closed: { type: 'final' },
  },
});

/** The six states of the contract, in life order. A state's rank is its index (invariant 1). */
export const CALL_STATES = [
  'active',
  'farewell-speaking',
  'draining',
  'terminating',
  'post-processing',
  'closed',
] as const;

export type CallStateName = (typeof CALL_STATES)[number];
