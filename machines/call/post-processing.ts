/**
 * `post-processing`: every leg's end is decided. First `settleMs` for what speech recognition still
 * says, then the end functions, then the record. Whom: nobody of the media side. How long:
 * `postProcessingMs`; functions that are left then go on as dead letters beyond the call.
 */
import { chart } from './chart.ts';
import { lateFacts } from './terminating.ts';

export const postProcessing = chart.createStateConfig({
  initial: 'settling',
  on: lateFacts,
  states: {
    // Late transcript events count until here; later ones make a new version (field rule 54).
    settling: {
      after: {
        settle: [
          { guard: 'onlyObserves', target: 'recording', actions: 'functionsSkipped' },
          { target: 'running' },
        ],
      },
    },
    // In parallel where they do not depend on each other, each at least once (invariants 7, 8).
    running: {
      entry: ['startReadyFunctions', 'runFunctions'],
      always: { guard: 'allFunctionsDecided', target: 'recording' },
      on: {
        'effect.end-function.done': { actions: ['functionSucceeded', 'startReadyFunctions', 'runFunctions'] },
        'effect.end-function.failed': { actions: ['functionGaveUp', 'startReadyFunctions', 'runFunctions'] },
        'effect.end-function.given-up': {
          actions: ['functionGaveUp', 'startReadyFunctions', 'runFunctions'],
        },
        // Its condition does not hold for this call.
        'effect.end-function.skipped': {
          actions: ['functionSkipped', 'startReadyFunctions', 'runFunctions'],
        },
      },
      after: {
        postProcessing: { target: 'recording', actions: ['functionsRunOut', 'redriveFunctions'] },
      },
    },
    // The record is an effect: `closed` is entered once it was acknowledged (log rule 36, invariant 25).
    recording: {
      entry: 'publishRecord',
      on: {
        'effect.record.done': '#call.closed',
        // Another incarnation holds the subject at a version of ours: nothing of ours is left to write.
        'effect.record.failed': '#call.closed',
      },
    },
  },
});
