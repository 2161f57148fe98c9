/**
 * `terminating`: every leg is ended on its own, side by side, each until it has positive evidence or its
 * budget `terminateMs` ends. Evidence that came before is enough: no request is made then (rule R6).
 * Whom each region waits for: its provider. If that never answers: the leg is forced, an alarm is
 * raised, and an orphan leg is retried beyond the call.
 */
import { chart } from './chart.ts';

/** Facts that may still arrive while legs are ended, and while the post-call work runs. */
export const lateFacts = {
  'end.requested': { actions: 'acceptEndAgain' },
  'leg.added': { actions: ['learnLateLeg', 'hangUpLateLeg'] },
  'leg.status': { actions: 'learnStatus' },
  'caller.left': { actions: 'learnCallerLeft' },
  'stream.stopped': { actions: 'learnFarEnd' },
  'participant.left': [
    { guard: 'callerLeftRoom', actions: ['learnFarEnd', 'learnSipLeft'] },
    { actions: 'learnSipLeft' },
  ],
  'room.finished': { actions: 'learnRoomFinished' },
  'call.ended': [
    { guard: 'reportsFarewell', actions: ['farewellAsReported', 'learnGatewayEnded'] },
    { actions: 'learnGatewayEnded' },
  ],
  // A PBX pulls the leg first and tells of the transfer after (field rule 51).
  'call.transferred': { guard: 'mayStillBeTransfer', actions: 'learnTransfer' },
  'call.quarantined': { actions: ['endedByFault', 'alarmInternalError'] },
} as const;

export const terminating = chart.createStateConfig({
  type: 'parallel',
  entry: 'disownByPolicy',
  on: lateFacts,
  onDone: 'post-processing',
  states: {
    // The telephone leg: hang up, believe a terminal answer, else ask; 404 means already gone.
    carrier: {
      initial: 'deciding',
      states: {
        deciding: {
          always: [
            { guard: 'carrierIsSettled', target: 'ended' },
            { guard: 'carrierMayHideInRoom', target: 'behind-room' },
            { guard: 'thereIsNoCarrier', target: 'ended' },
            { guard: 'onlyObserves', target: 'observed' },
            { guard: 'gatewayEndsItFirst', target: 'grace' },
            { target: 'hanging-up' },
          ],
        },
        // Observe mode: what we would do is noted, the facts of others are waited for (rule R9).
        observed: {
          entry: 'hangUpCarrier',
          always: [
            { guard: 'carrierIsSettled', target: 'ended' },
            { guard: 'farEndIsKnown', target: 'watched' },
          ],
          after: { watch: { target: 'ended', actions: 'carrierNotOurs' } },
        },
        watched: {
          always: { guard: 'carrierIsSettled', target: 'ended' },
          after: { watch: { target: 'ended', actions: 'carrierNotOurs' } },
        },
        // Backstop mode: the gateway hangs up itself; we act when it did not (rows 61, 62).
        grace: {
          always: { guard: 'carrierIsSettled', target: 'ended' },
          after: { backstopGrace: { target: 'hanging-up', actions: 'noteBackstopActed' } },
        },
        // No carrier leg is known, but deleting the room may show a SIP participant (row 56).
        'behind-room': {
          always: [
            { guard: 'carrierIsSettled', target: 'ended' },
            { guard: 'hasCarrier', target: 'leaving-room' },
            { guard: 'roomIsSettled', target: 'ended' },
          ],
        },
        // The room is gone: its SIP participant should leave with it, else its carrier is asked.
        'leaving-room': {
          always: { guard: 'carrierIsSettled', target: 'ended' },
          after: {
            verify: [
              { guard: 'carrierIsAddressable', target: 'asking' },
              { target: 'ended', actions: ['carrierForced', 'alarmCarrierUnconfirmed'] },
            ],
          },
        },
        'hanging-up': {
          entry: ['hangUpIsSent', 'hangUpCarrier'],
          always: { guard: 'carrierIsSettled', target: 'ended' },
          on: {
            'effect.hang-up.done': { guard: 'isAboutCarrier', target: 'ended', actions: 'carrierResponded' },
            'effect.hang-up.gone': { guard: 'isAboutCarrier', target: 'ended', actions: 'carrierWasGone' },
            'effect.hang-up.accepted': { guard: 'isAboutCarrier', target: 'verifying' },
            'effect.hang-up.failed': {
              guard: 'isAboutCarrier',
              target: 'ended',
              actions: ['carrierFailed', 'alarmCarrierFailed'],
            },
          },
          after: { terminateCarrier: 'last-look' },
        },
        // 200 without a terminal status: wait for the event, then ask.
        verifying: {
          always: { guard: 'carrierIsSettled', target: 'ended' },
          after: { verify: 'asking' },
        },
        asking: {
          entry: 'askCarrier',
          always: { guard: 'carrierIsSettled', target: 'ended' },
          on: {
            'effect.ask.done': { guard: 'isAboutCarrier', target: 'ended', actions: 'carrierPolled' },
            'effect.ask.gone': { guard: 'isAboutCarrier', target: 'ended', actions: 'carrierPolled' },
            'effect.ask.live': { guard: 'isAboutCarrier', target: 'hanging-up' },
            'effect.ask.failed': { guard: 'isAboutCarrier', target: 'hanging-up' },
            'effect.ask.given-up': { guard: 'isAboutCarrier', target: 'hanging-up' },
          },
          after: { terminateCarrier: 'last-look' },
        },
        // The budget is over: one last question, then the call goes on without this leg.
        'last-look': {
          entry: 'askCarrier',
          always: { guard: 'carrierIsSettled', target: 'ended' },
          on: {
            'effect.hang-up.done': { guard: 'isAboutCarrier', target: 'ended', actions: 'carrierResponded' },
            'effect.hang-up.gone': { guard: 'isAboutCarrier', target: 'ended', actions: 'carrierWasGone' },
            'effect.ask.done': { guard: 'isAboutCarrier', target: 'ended', actions: 'carrierPolled' },
            'effect.ask.gone': { guard: 'isAboutCarrier', target: 'ended', actions: 'carrierPolled' },
          },
          after: {
            lastLook: {
              target: 'ended',
              actions: ['carrierForced', 'alarmCarrierUnconfirmed', 'orphanCarrier'],
            },
          },
        },
        ended: { type: 'final' },
      },
    },

    // The media room: stop its recording where asked, then delete it; not found means already gone.
    room: {
      initial: 'deciding',
      states: {
        deciding: {
          always: [
            { guard: 'roomIsSettled', target: 'ended' },
            { guard: 'onlyObserves', target: 'observed' },
            { guard: 'gatewayEndsItFirst', target: 'grace' },
            { guard: 'stopsEgress', target: 'stopping-egress' },
            { target: 'deleting' },
          ],
        },
        observed: {
          entry: 'deleteRoom',
          always: [
            { guard: 'roomIsSettled', target: 'ended' },
            { guard: 'farEndIsKnown', target: 'watched' },
          ],
          after: { watch: { target: 'ended', actions: 'roomNotOurs' } },
        },
        watched: {
          always: { guard: 'roomIsSettled', target: 'ended' },
          after: { watch: { target: 'ended', actions: 'roomNotOurs' } },
        },
        grace: {
          always: { guard: 'roomIsSettled', target: 'ended' },
          after: { backstopGrace: { target: 'deleting', actions: 'noteBackstopActed' } },
        },
        // A recording may finish; its failure never blocks (row 55, field rule 59).
        'stopping-egress': {
          entry: 'stopEgress',
          on: {
            'effect.stop-egress.done': 'deleting',
            'effect.stop-egress.gone': 'deleting',
            'effect.stop-egress.failed': 'deleting',
          },
          after: { egress: 'deleting' },
        },
        deleting: {
          entry: ['hangUpIsSent', 'deleteRoom'],
          always: { guard: 'roomIsSettled', target: 'ended' },
          on: {
            'effect.delete-room.done': { target: 'ended', actions: ['learnSipOfRoom', 'roomResponded'] },
            'effect.delete-room.gone': { target: 'ended', actions: 'roomWasGone' },
            'effect.delete-room.failed': { target: 'ended', actions: ['roomFailed', 'alarmRoomFailed'] },
          },
          after: {
            terminate: {
              target: 'ended',
              actions: ['roomForced', 'alarmRoomUnconfirmed', 'orphanRoom'],
            },
          },
        },
        ended: { type: 'final' },
      },
    },

    // The gateway's own session, socket and job: best effort, `sessionCloseMs` (field rule 62).
    session: {
      initial: 'deciding',
      states: {
        deciding: {
          always: [
            { guard: 'sessionIsSettled', target: 'ended' },
            { guard: 'onlyObserves', target: 'observed' },
            { guard: 'gatewayEndsItFirst', target: 'grace' },
            { target: 'closing' },
          ],
        },
        observed: {
          entry: 'closeSession',
          always: [
            { guard: 'sessionIsSettled', target: 'ended' },
            { guard: 'farEndIsKnown', target: 'watched' },
          ],
          after: { watch: { target: 'ended', actions: 'sessionNotOurs' } },
        },
        watched: {
          always: { guard: 'sessionIsSettled', target: 'ended' },
          after: { watch: { target: 'ended', actions: 'sessionNotOurs' } },
        },
        grace: {
          always: { guard: 'sessionIsSettled', target: 'ended' },
          after: { backstopGrace: 'closing' },
        },
        closing: {
          entry: 'closeSession',
          always: { guard: 'sessionIsSettled', target: 'ended' },
          on: {
            'effect.close.done': { target: 'ended', actions: 'sessionResponded' },
            'effect.close.gone': { target: 'ended', actions: 'sessionWasGone' },
            'effect.close.no-responder': { target: 'ended', actions: 'sessionWasGone' },
            'effect.close.refused': {
              target: 'ended',
              actions: ['sessionFailed', 'alarmSessionUnconfirmed'],
            },
            'effect.close.failed': { target: 'ended', actions: ['sessionFailed', 'alarmSessionUnconfirmed'] },
          },
          after: {
            sessionClose: { target: 'ended', actions: ['sessionForced', 'alarmSessionUnconfirmed'] },
          },
        },
        ended: { type: 'final' },
      },
    },

    // Every further leg: transfer targets that still ring, parties that were added later.
    others: {
      initial: 'deciding',
      states: {
        deciding: {
          always: [
            { guard: 'othersAreSettled', target: 'ended' },
            { guard: 'onlyObserves', target: 'observed' },
            { guard: 'gatewayEndsItFirst', target: 'grace' },
            { target: 'ending' },
          ],
        },
        observed: {
          entry: 'hangUpOthers',
          always: [
            { guard: 'othersAreSettled', target: 'ended' },
            { guard: 'farEndIsKnown', target: 'watched' },
          ],
          after: { watch: { target: 'ended', actions: 'othersNotOurs' } },
        },
        watched: {
          always: { guard: 'othersAreSettled', target: 'ended' },
          after: { watch: { target: 'ended', actions: 'othersNotOurs' } },
        },
        grace: {
          always: { guard: 'othersAreSettled', target: 'ended' },
          after: { backstopGrace: { target: 'ending', actions: 'noteBackstopActed' } },
        },
        ending: {
          initial: 'hanging-up',
          always: { guard: 'othersAreSettled', target: 'ended' },
          on: {
            'effect.hang-up.done': { guard: 'isAboutOthers', actions: 'otherResponded' },
            'effect.hang-up.gone': { guard: 'isAboutOthers', actions: 'otherWasGone' },
            'effect.hang-up.failed': { guard: 'isAboutOthers', actions: 'otherFailed' },
            'effect.ask.done': { guard: 'isAboutOthers', actions: 'otherPolled' },
            'effect.ask.gone': { guard: 'isAboutOthers', actions: 'otherPolled' },
          },
          after: {
            terminate: {
              target: 'ended',
              actions: ['othersForced', 'alarmOthersUnconfirmed', 'orphanOthers'],
            },
          },
          states: {
            'hanging-up': {
              entry: 'hangUpOthers',
              on: { 'effect.hang-up.accepted': { guard: 'isAboutOthers', target: 'verifying' } },
            },
            verifying: { after: { verify: 'asking' } },
            asking: {
              entry: 'askOthers',
              on: {
                'effect.ask.live': { guard: 'isAboutOthers', target: 'hanging-up' },
                'effect.ask.failed': { guard: 'isAboutOthers', target: 'hanging-up' },
                'effect.ask.given-up': { guard: 'isAboutOthers', target: 'hanging-up' },
              },
            },
          },
        },
        ended: { type: 'final' },
      },
    },
  },
});
