/**
 * What each event, command and fact means, for `docs/events.md`. The fields of events from outside come
 * from their schemas; those of our own messages stand here, and the type checker holds the names.
 */
import type { CommandBodies } from '../../src/contract/commands.ts';
import type {
  GatewayEventData,
  IngressEventData,
  OperatorEventData,
} from '../../src/contract/event-schemas.ts';
import type { FeedType } from '../../src/contract/feed.ts';
import type {
  OperatorPartitionEvents,
  OwnCallEvents,
  OwnPartitionEvents,
} from '../../src/contract/own-events.ts';

export const gatewayMeanings: Readonly<Record<keyof GatewayEventData, string>> = {
  'call.started': 'The call exists, with everything that is needed to end it. First event of every call.',
  'leg.added': 'A leg that was learned later: a SIP participant, the target of a transfer, another party.',
  'call.answered': 'The far end answered.',
  'stream.started': 'Media flow.',
  'stream.stopped': 'Media ended. Never read as "the call ended": the carrier is asked.',
  'end.requested': 'The call is to end, with or without a farewell. Repeating it never shortens anything.',
  'farewell.started': 'The farewell begins to be spoken.',
  'farewell.finished': 'The farewell was generated and sent: not yet played.',
  'farewell.failed': 'There will be no farewell.',
  'mark.echoed': 'The carrier (or the playout, where there are no marks) reached our mark.',
  'playback.cleared': 'What was buffered is gone; marks echoed after it prove nothing.',
  'caller.spoke': 'The caller speaks. Sent at most once a second by the library.',
  'agent.spoke': 'The agent speaks. Sent at most once a second by the library.',
  'activity.paused': 'A hold or a long tool: nobody is expected to speak.',
  'activity.resumed': 'The dialogue goes on.',
  'caller.left': 'The far end hung up, as the gateway sees it.',
  'call.ended': 'The gateway itself ended the call.',
  'transfer.started': 'A transfer rings; polite ends wait for it.',
  'transfer.failed': 'It came to nothing; the call goes on.',
  'call.transferred': 'Survivors (default: all lines) are never hung up or deleted.',
  'state.patched': 'A JSON merge patch on the state that end functions read, up to 64 KiB in all.',
  'transcript.appended': 'A line of the transcript, for end functions.',
  'leg.status': 'Only for a carrier that the gateway is itself the authority of (`sip`).',
};

export const ingressMeanings: Readonly<Record<keyof IngressEventData, string>> = {
  'leg.status': 'A status of the carrier.',
  'participant.joined': 'Somebody joined the room.',
  'participant.left': 'Somebody left the room.',
  'room.finished': 'The room is gone.',
};

export const operatorMeanings: Readonly<Record<keyof OperatorEventData, string>> = {
  'operator.end-requested': 'End it politely.',
  'operator.kill-requested': 'End it at once.',
  'operator.end-cancelled': 'Take a requested end back, before the termination begins.',
};

/** Meaning, and each field with its own. */
export interface Described<Data> {
  readonly meaning: string;
  readonly fields: { readonly [Field in keyof Data]-?: string };
}

const owner = {
  epoch: "sequence of the owner's claim",
  nonce: "random id of the owner's life",
} as const;

const letterFields = {
  kind: '`function` or `leg`',
  subject: 'name of the function, key of the leg',
  letterId: 'of the dead letter',
  note: "the operator's words",
  revival: 'record, transcript and addresses: for a call that no owner holds any more',
} as const;

export const ownCallMeanings: { readonly [Type in keyof OwnCallEvents]: Described<OwnCallEvents[Type]> } = {
  'timer.fired': {
    meaning: 'A timer is due. It acts when it is read back in order, and only if it is still armed.',
    fields: {
      ...owner,
      timerId: '`<delay>.<state>`, or `effect.<effectId>`',
      armedSeq: 'sequence of the message whose fold armed it',
      armedEra: 'era of that message',
      waitedMs: 'monotonic ms since that message was read',
    },
  },
  'effect.attempted': {
    meaning: 'An end function is about to run.',
    fields: { ...owner, effectId: 'of the effect', attempt: 'from 1' },
  },
  'effect.settled': {
    meaning: 'What came of an attempt.',
    fields: {
      ...owner,
      effectId: 'of the effect',
      attempt: 'from 1',
      outcome: '`{result, code?, detail?, retryAfterMs?, status?, data?}`; codes: [errors.md](errors.md)',
      emergency: 'done without the log',
      also: 'receipts of commands that waited for it, each as above',
    },
  },
  'unattended.permitted': {
    meaning: 'The call may end without terminal evidence.',
    fields: { epoch: owner.epoch, effectId: 'of the question that it answers' },
  },
  'call.quarantined': {
    meaning: 'The fold of this call threw; it is hung up safely.',
    fields: { epoch: owner.epoch, detail: 'type of the message and the error' },
  },
  'redrive.requested': {
    meaning: 'An operator wants what was given up to be tried again now.',
    fields: letterFields,
  },
  'discard.requested': {
    meaning: 'An operator gives it up for good: the record says so, and the dead letter is removed.',
    fields: letterFields,
  },
  'line.found': {
    meaning: 'A carrier says that a line of a closed or lost call is up, and nobody answers for it.',
    fields: { leg: 'key of the leg', revival: letterFields.revival },
  },
  'facts.late': {
    meaning: 'A gateway spoke of a call that was closed and forgotten: its record gets one more version.',
    fields: { facts: 'type and data of each event', revival: letterFields.revival },
  },
};

type PartitionEvents = OwnPartitionEvents & OperatorPartitionEvents;

export const partitionMeanings: {
  readonly [Type in keyof PartitionEvents]: Described<PartitionEvents[Type]>;
} = {
  'partition.claimed': {
    meaning: 'A node takes the partition. Its own sequence is the epoch.',
    fields: { node: 'name of the node', nonce: owner.nonce, config: 'what calls pin; never a secret' },
  },
  'partition.renewed': { meaning: 'The owner lives.', fields: owner },
  'partition.released': { meaning: 'The owner hands over; anybody may claim at once.', fields: owner },
  'log.restored': {
    meaning: 'The owner reads again after a claim or a gap: absences start again.',
    fields: { epoch: owner.epoch },
  },
  'operator.paused': { meaning: 'New effects are only noted. By `_operator`.', fields: {} },
  'operator.resumed': { meaning: 'They are performed again. By `_operator`.', fields: {} },
};

export const commandMeanings: { readonly [Verb in keyof CommandBodies]: Described<CommandBodies[Verb]> } = {
  mark: {
    meaning:
      'Send this mark to the carrier after the last frame of every utterance already accepted; no audio after it.',
    fields: { name: 'comes back in `mark.echoed`' },
  },
  clear: { meaning: 'Drop what is buffered.', fields: {} },
  say: { meaning: 'Speak this text.', fields: { text: 'words', utteranceId: 'comes back in `farewell.*`' } },
  farewell: {
    meaning: 'Ask the model for a goodbye.',
    fields: {
      attempt: 'number of the end attempt',
      utteranceId: 'comes back in `farewell.*`',
      instructions: 'for the model',
    },
  },
  close: { meaning: 'End the session, the socket, the job.', fields: { reason: 'the end reason' } },
  hangup: {
    meaning:
      "End this line of the gateway's own (`sip`). Answer `ended: true` when it is down already; its `leg.status` proves the end.",
    fields: {
      leg: 'key of the leg',
      legId: 'as `call.started` gave it',
      unanswered: 'the far end has not answered',
    },
  },
  'end-accepted': {
    meaning: 'Your `end.requested` was accepted.',
    fields: {
      attempt: 'number of the end attempt',
      already: 'the call is ending already',
      endInstructions: 'for the model',
    },
  },
  'end-refused': {
    meaning: 'Your `end.requested` was refused.',
    fields: { code: 'see [errors.md](errors.md)', reason: 'for people' },
  },
  'end-cancelled': {
    meaning: 'Tell the model that the call goes on.',
    fields: { attempt: 'number of the end attempt', toolCallId: 'of its `end.requested`' },
  },
  'call-refused': {
    meaning: 'Your `call.started` was refused: onhook does nothing for this call.',
    fields: { code: 'see [errors.md](errors.md)' },
  },
  ping: { meaning: 'Do you still hold this call? Any answer will do.', fields: {} },
};

export const feedMeanings: Readonly<Record<FeedType, string>> = {
  'call.started': 'A call began.',
  'state.changed': '`from`, `to`, `cause`.',
  'end.accepted': 'An end was accepted.',
  'end.refused': 'An end was refused; `code`.',
  'end.cancelled': 'An end was taken back.',
  'effect.attempted': 'An attempt was asked for.',
  'effect.settled': 'What came of it.',
  'leg.settled': 'The end of a leg is decided: `leg`, `termination`.',
  'alarm.raised': 'Somebody should look; `code` is in [errors.md](errors.md).',
  'call.closed': 'The record is published.',
};
