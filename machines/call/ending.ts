/**
 * `farewell-speaking` and `draining`: the end was asked for and the caller still hears something. The
 * two share what can cut them short. A hangup leaves here only with the playout confirmed, cut by
 * the caller, or out of time (invariants 2 and 3).
 */
import { chart } from './chart.ts';

const TERMINATING = '#call.terminating';

/** What cuts any ending short, whoever asked for it. */
const cutShort = {
  // A repeat never shortens anything (rule R4).
  'end.requested': { actions: 'acceptEndAgain' },
  // The far end left before the goodbye was over (row 19); evidence of the carrier says the same.
  'caller.left': { target: TERMINATING, actions: ['farewellSkipped', 'learnCallerLeft'] },
  'leg.status': [
    { guard: 'carrierEnded', target: TERMINATING, actions: ['farewellCut', 'learnStatus'] },
    { actions: 'learnStatus' },
  ],
  'participant.left': {
    guard: 'callerLeftForGood',
    target: TERMINATING,
    actions: ['farewellSkipped', 'learnCallerLeft', 'learnSipLeft'],
  },
  'room.finished': { target: TERMINATING, actions: ['farewellCut', 'learnRoomFinished'] },
  // The gateway ended the call itself, or has no media left to speak into (row 24).
  'call.ended': {
    target: TERMINATING,
    actions: ['farewellAsReported', 'farewellUnconfirmed', 'learnGatewayEnded'],
  },
  'stream.stopped': { target: TERMINATING, actions: 'farewellUnconfirmed' },
  // A kill cuts the goodbye, the first cause stays; an operator may also take the end back (rows 49, 50).
  'operator.kill-requested': { target: TERMINATING, actions: ['farewellInterrupted', 'isUrgent'] },
  'operator.end-cancelled': {
    guard: 'mayBeTakenBack',
    target: '#call.active',
    actions: ['clearPlayback', 'tellEndCancelled', 'endCancelled'],
  },
  // Hung up while the log was away (log rule 40): the goodbye is over, its playout unproven.
  'effect.hang-up.done': {
    guard: 'isAboutCarrier',
    target: TERMINATING,
    actions: ['farewellUnconfirmed', 'carrierResponded'],
  },
  'effect.hang-up.gone': {
    guard: 'isAboutCarrier',
    target: TERMINATING,
    actions: ['farewellUnconfirmed', 'carrierWasGone'],
  },
  'leg.added': { actions: 'learnLeg' },
  'call.answered': { actions: 'learnAnswer' },
  'stream.started': { actions: 'learnAnswer' },
  // A transfer outranks the end while no hangup was sent: its survivors live on (row 34).
  'call.transferred': { actions: 'learnTransfer' },
  'call.quarantined': {
    target: TERMINATING,
    actions: ['farewellUnconfirmed', 'endedByFault', 'alarmInternalError'],
  },
} as const;

/** The caller was heard to want more under `resume`: the call goes on (row 12). */
const resumed = {
  guard: 'wantsToGoOn',
  target: '#call.active',
  actions: ['clearPlayback', 'tellEndCancelled', 'endCancelled'],
} as const;

/**
 * Whom: the gateway, for the start and the end of the farewell. How long: `farewellStartMs` to start,
 * then its known length or `farewellMs`. If it never comes: drain what is buffered, as `timed_out`.
 */
export const farewellSpeaking = chart.createStateConfig({
  initial: 'awaiting-start',
  entry: 'speakFarewell',
  on: {
    ...cutShort,
    'caller.spoke': [resumed, { actions: 'learnSpeech' }],
    // Cut by the caller: at once under lock, else once the caller is quiet (rows 10, 15).
    'playback.cleared': [
      { guard: 'bargeInIsLocked', target: TERMINATING, actions: 'farewellInterrupted' },
      { target: '.holding', actions: ['farewellInterrupted', 'holdAfterInterruption'] },
    ],
    'farewell.finished': [
      {
        guard: 'wasInterruptedUnderLock',
        target: TERMINATING,
        actions: ['farewellFinished', 'farewellInterrupted'],
      },
      {
        guard: 'wasInterrupted',
        target: '.holding',
        actions: ['farewellFinished', 'farewellInterrupted', 'holdAfterInterruption'],
      },
      { guard: 'isThisFarewell', target: '#call.draining', actions: 'farewellFinished' },
    ],
    // There will be no goodbye: the gateway says so, refuses, or is gone (rows 5, 27).
    'farewell.failed': { guard: 'isThisFailure', target: TERMINATING, actions: 'farewellFailed' },
    'effect.say.refused': { target: TERMINATING, actions: 'farewellFailed' },
    'effect.farewell.refused': { target: TERMINATING, actions: 'farewellFailed' },
    'effect.say.no-responder': { target: TERMINATING, actions: ['farewellTimedOut', 'noteGatewayLost'] },
    'effect.farewell.no-responder': {
      target: TERMINATING,
      actions: ['farewellTimedOut', 'noteGatewayLost'],
    },
    'effect.notice.no-responder': { target: TERMINATING, actions: ['farewellTimedOut', 'noteGatewayLost'] },
    // Accepted by a gateway that tells nothing more about it: the mark will follow its last frame.
    'effect.say.done': {
      guard: 'hearsNoFarewellEvents',
      target: '#call.draining',
      actions: 'farewellAccepted',
    },
    'effect.farewell.done': {
      guard: 'hearsNoFarewellEvents',
      target: '#call.draining',
      actions: 'farewellAccepted',
    },
  },
  states: {
    'awaiting-start': {
      on: {
        'farewell.started': { guard: 'startsThisFarewell', target: 'speaking', actions: 'farewellStarted' },
      },
      after: { farewellStart: { target: '#call.draining', actions: 'farewellTimedOut' } },
    },
    speaking: {
      after: { farewellEnd: { target: '#call.draining', actions: 'farewellTimedOut' } },
    },
    // The farewell is over, the caller is talking: `listen` and `resume` hear them out, with a bound.
    holding: {
      on: { 'caller.spoke': [resumed, { target: 'holding', reenter: true, actions: 'learnSpeech' }] },
      after: { hold: TERMINATING },
    },
  },
});

/**
 * Whom: the carrier, for the echo of our mark, which follows the last frame of the goodbye. How long:
 * the audio that is left, or `drainMs`. If it never comes: hang up, `unconfirmed`.
 */
export const draining = chart.createStateConfig({
  initial: 'choosing',
  on: {
    ...cutShort,
    'caller.spoke': [resumed, { actions: 'learnSpeech' }],
    // What was buffered is gone, and marks echoed from now on prove nothing (field rule 16).
    'playback.cleared': [
      { guard: 'bargeInIsLocked', target: TERMINATING, actions: 'farewellInterrupted' },
      {
        guard: 'marksDoNotExist',
        target: '.holding',
        actions: ['farewellInterrupted', 'holdAfterInterruption'],
      },
      {
        target: '.holding',
        actions: ['farewellInterrupted', 'holdAfterInterruption', 'nameMark', 'sendMark'],
      },
    ],
    'farewell.finished': [
      { guard: 'wasInterruptedUnderLock', target: TERMINATING, actions: 'farewellInterrupted' },
      {
        guard: 'wasInterrupted',
        target: '.holding',
        actions: ['farewellInterrupted', 'holdAfterInterruption'],
      },
    ],
    'effect.mark.no-responder': {
      target: TERMINATING,
      actions: ['farewellUnconfirmed', 'noteGatewayLost', 'isUrgent'],
    },
  },
  states: {
    choosing: { always: [{ guard: 'marksDoNotExist', target: 'unmarked' }, { target: 'marked' }] },
    // No mark can prove the playout: only the rest of its length is waited for.
    unmarked: {
      after: {
        drain: [
          { guard: 'callerIsTalking', target: 'holding', actions: 'farewellUnconfirmed' },
          { target: TERMINATING, actions: 'farewellUnconfirmed' },
        ],
      },
    },
    marked: {
      entry: ['nameMark', 'sendMark'],
      on: {
        'mark.echoed': [
          { guard: 'isOurMarkWhileTalking', target: 'holding', actions: 'farewellConfirmed' },
          { guard: 'isOurMark', target: TERMINATING, actions: 'farewellConfirmed' },
        ],
      },
      after: {
        drain: [
          { guard: 'callerIsTalking', target: 'holding', actions: 'farewellUnconfirmed' },
          { target: TERMINATING, actions: 'farewellUnconfirmed' },
        ],
      },
    },
    // The playout is settled, the caller is talking: the hangup waits, with a bound (rule R5).
    holding: {
      on: { 'caller.spoke': [resumed, { target: 'holding', reenter: true, actions: 'learnSpeech' }] },
      after: { hold: TERMINATING },
    },
  },
});
