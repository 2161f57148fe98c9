/**
 * `active`: the call goes on. Each region watches one thing that may end it; what ends it at once
 * stands in the state's own `on`. Silence of a gateway and loss of media only start a verification.
 */
import { chart } from './chart.ts';

const TERMINATING = '#call.terminating';

export const active = chart.createStateConfig({
  type: 'parallel',
  on: {
    // The agent asks for the end. A ringing transfer must settle first (row 35).
    'end.requested': [
      { guard: 'transferRings', actions: 'refuseEnd' },
      {
        guard: 'stillRings',
        target: TERMINATING,
        actions: ['endedWhileRinging', 'endedAsRequested', 'acceptEnd'],
      },
      { guard: 'needsNoFarewell', target: TERMINATING, actions: ['endedAsRequested', 'acceptEnd'] },
      {
        guard: 'farewellIsToCome',
        target: '#call.farewell-speaking',
        actions: ['endedAsRequested', 'farewellAsRequested', 'acceptEnd'],
      },
      { target: '#call.draining', actions: ['endedAsRequested', 'farewellAsRequested', 'acceptEnd'] },
    ],
    // An operator ends it politely, or kills it at once (rows 43, 48, 49).
    'operator.end-requested': [
      { guard: 'transferRings' },
      { guard: 'stillRings', target: TERMINATING, actions: 'operatorEndedWhileRinging' },
      {
        guard: 'systemCanSpeak',
        target: '#call.farewell-speaking',
        actions: ['endedByOperator', 'systemFarewell'],
      },
      { target: TERMINATING, actions: 'endedByOperator' },
    ],
    'operator.kill-requested': { target: TERMINATING, actions: ['endedByOperator', 'isUrgent'] },
    // The far end left, or the gateway ended the call itself: nothing to say goodbye to.
    'caller.left': { target: TERMINATING, actions: ['endedByCaller', 'learnCallerLeft'] },
    'leg.status': [
      { guard: 'carrierEnded', target: TERMINATING, actions: ['endedByStatus', 'learnStatus'] },
      { actions: 'learnStatus' },
    ],
    'participant.left': {
      guard: 'callerLeftForGood',
      target: TERMINATING,
      actions: ['endedByLeaving', 'learnCallerLeft', 'learnSipLeft'],
    },
    'room.finished': { target: TERMINATING, actions: ['endedByRoom', 'learnRoomFinished'] },
    'call.ended': {
      target: TERMINATING,
      actions: ['endedByGatewayItself', 'farewellAsReported', 'learnGatewayEnded'],
    },
    'call.transferred': { target: TERMINATING, actions: 'learnTransfer' },
    // Hung up at its longest while the log was away (log rule 40).
    'effect.hang-up.done': {
      guard: 'isAboutCarrier',
      target: TERMINATING,
      actions: ['endedByMaxDuration', 'carrierResponded'],
    },
    'effect.hang-up.gone': {
      guard: 'isAboutCarrier',
      target: TERMINATING,
      actions: ['endedByMaxDuration', 'carrierWasGone'],
    },
    'leg.added': { actions: 'learnLeg' },
    'call.quarantined': { target: TERMINATING, actions: ['endedByFault', 'alarmInternalError'] },
  },
  after: {
    // The longest call. The system says goodbye where it can (row 47).
    maxCall: [
      {
        guard: 'systemCanSpeak',
        target: '#call.farewell-speaking',
        actions: ['endedByMaxDuration', 'systemFarewell'],
      },
      { target: TERMINATING, actions: 'endedByMaxDuration' },
    ],
  },
  states: {
    // Has the far end answered? Outbound calls wait `answerMs` for it, then end (rows 40 to 43).
    answer: {
      initial: 'asking',
      states: {
        asking: { always: [{ guard: 'isOutboundUnanswered', target: 'awaited' }, { target: 'settled' }] },
        awaited: {
          on: {
            'call.answered': { target: 'settled', actions: 'learnAnswer' },
            'stream.started': { target: 'settled', actions: 'learnAnswer' },
            'caller.spoke': { target: 'settled', actions: 'learnAnswer' },
            'agent.spoke': { target: 'settled', actions: 'learnAnswer' },
            'leg.status': [
              { guard: 'carrierEnded', target: TERMINATING, actions: ['endedByStatus', 'learnStatus'] },
              { target: 'asking', actions: 'learnStatus' },
            ],
          },
          after: { answer: { target: TERMINATING, actions: 'endedByNoAnswer' } },
        },
        settled: {
          on: {
            'call.answered': { actions: 'learnAnswer' },
            'stream.started': { actions: 'learnAnswer' },
            // Media proves an answer whatever a status said before (field rule 44).
            'caller.spoke': { actions: 'learnAnswer' },
          },
        },
      },
    },

    // Is the gateway alive? Silent for `livenessMs` it is pinged, then the carrier is asked; only when
    // it stays silent for `gatewayLostMs` more, and the fleet's limit permits, the call ends (R11).
    gateway: {
      initial: 'heard',
      states: {
        // Observe mode says nothing, so it asks the carrier at once.
        heard: { after: { liveness: [{ guard: 'onlyObserves', target: 'silent' }, { target: 'pinged' }] } },
        pinged: {
          entry: 'pingGateway',
          on: {
            'effect.ping.done': 'heard',
            'effect.ping.refused': 'heard',
            'effect.ping.no-responder': 'silent',
            'effect.ping.given-up': 'silent',
            'effect.ping.failed': 'silent',
            'gateway.heard': 'heard',
          },
        },
        silent: {
          entry: 'askAboutGateway',
          on: {
            'gateway.heard': 'heard',
            'effect.ask.done': {
              target: TERMINATING,
              actions: ['endedByAnswerOfCarrier', 'askedLegPolled', 'isUrgent'],
            },
            'effect.ask.gone': {
              target: TERMINATING,
              actions: ['endedByAnswerOfCarrier', 'askedLegPolled', 'isUrgent'],
            },
          },
          after: { gatewayLost: 'lost' },
        },
        lost: {
          entry: ['permitLostGateway', 'alarmUnattended'],
          on: {
            'gateway.heard': 'heard',
            'unattended.permitted': {
              target: TERMINATING,
              actions: ['endedByLostGateway', 'noteGatewayLost', 'sessionWasGone', 'isUrgent'],
            },
          },
        },
      },
    },

    // Does media flow? A stopped stream asks the carrier at once and may come back within
    // `mediaLostMs`; a live child call is a transfer (rows 21 to 23).
    media: {
      initial: 'flowing',
      states: {
        flowing: { on: { 'stream.stopped': 'stopped' } },
        stopped: {
          entry: 'askAboutMedia',
          on: {
            'stream.started': 'flowing',
            'caller.spoke': 'flowing',
            'agent.spoke': 'flowing',
            'effect.ask.done': { target: TERMINATING, actions: ['endedByAnswerOfCarrier', 'askedLegPolled'] },
            'effect.ask.gone': { target: TERMINATING, actions: ['endedByAnswerOfCarrier', 'askedLegPolled'] },
            'effect.ask.live': { guard: 'childCallLives', target: TERMINATING, actions: 'transferredChild' },
          },
          after: { mediaLost: 'lost' },
        },
        lost: {
          entry: ['permitLostMedia', 'alarmUnattended'],
          on: {
            'stream.started': 'flowing',
            'caller.spoke': 'flowing',
            'unattended.permitted': {
              target: TERMINATING,
              actions: ['endedByLostMedia', 'leaveMediaToCarrier'],
            },
          },
        },
      },
    },

    // Who is in the room? Whoever left without a clear reason may rejoin within `rejoinMs` (rows 52, 53).
    company: {
      initial: 'together',
      states: {
        together: {
          on: {
            'participant.left': [
              { guard: 'callerMayRejoin', target: 'caller-away', actions: 'learnCallerLeft' },
              { guard: 'agentLeft', target: 'agent-away' },
            ],
          },
        },
        'caller-away': {
          on: {
            'participant.joined': { guard: 'callerJoined', target: 'together', actions: 'callerIsBack' },
          },
          after: { rejoin: 'caller-lost' },
        },
        'caller-lost': {
          entry: ['permitLostCaller', 'alarmUnattended'],
          on: {
            'participant.joined': { guard: 'callerJoined', target: 'together', actions: 'callerIsBack' },
            'unattended.permitted': { target: TERMINATING, actions: 'endedByLostCaller' },
          },
        },
        'agent-away': {
          on: { 'participant.joined': { guard: 'agentJoined', target: 'together' } },
          after: { rejoin: 'agent-lost' },
        },
        'agent-lost': {
          entry: ['permitLostAgent', 'alarmUnattended'],
          on: {
            'participant.joined': { guard: 'agentJoined', target: 'together' },
            'unattended.permitted': {
              target: TERMINATING,
              actions: ['endedByLostGateway', 'noteGatewayLost', 'isUrgent'],
            },
          },
        },
      },
    },

    // Does anybody speak? Off by default; paused on hold, in long tools and while a transfer rings.
    silence: {
      initial: 'choosing',
      states: {
        choosing: { always: [{ guard: 'silenceIsOff', target: 'off' }, { target: 'listening' }] },
        off: {},
        listening: {
          always: { guard: 'transferRings', target: 'ringing' },
          on: { 'activity.paused': 'paused' },
          after: {
            silence: [
              {
                guard: 'systemCanSpeak',
                target: '#call.farewell-speaking',
                actions: ['endedBySilence', 'systemFarewell'],
              },
              { target: TERMINATING, actions: 'endedBySilence' },
            ],
          },
        },
        paused: { on: { 'activity.resumed': 'listening' } },
        ringing: { always: { guard: 'transferIsSettled', target: 'listening' } },
      },
    },

    // Does a transfer ring? It holds every polite end until it is settled, at most `transferMs` (row 35).
    transfer: {
      initial: 'none',
      states: {
        none: { on: { 'transfer.started': 'ringing' } },
        ringing: {
          entry: 'transferBegins',
          exit: 'transferEnds',
          on: { 'transfer.failed': 'none' },
          after: { transfer: 'none' },
        },
      },
    },
  },
});
