/**
 * The matrix: which events each state of a call reacts to. What is not listed is inert there, and
 * `closed` hears nothing (invariant 15).
 */
import type { CallStateName } from '../../machines/call/machine.ts';

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

const answers = (name: string, results: string): string[] =>
  words(results).map((result) => `effect.${name}.${result}`);

/** Heard until the call is closed. */
const ALWAYS = words(`
  end.requested leg.added leg.status caller.left participant.left room.finished call.ended
  call.transferred stream.stopped call.quarantined
`);

const ENDING = words(`
  caller.spoke playback.cleared farewell.finished call.answered stream.started
  operator.kill-requested operator.end-cancelled
`);

export const HEARD: Readonly<Record<CallStateName, readonly string[]>> = {
  active: [
    ...ALWAYS,
    ...words(`
      operator.end-requested operator.kill-requested call.answered stream.started caller.spoke agent.spoke
      activity.paused activity.resumed transfer.started transfer.failed participant.joined
      gateway.heard unattended.permitted
    `),
    ...answers('ping', 'done refused no-responder failed given-up'),
    ...answers('ask', 'done gone live'),
    ...answers('hang-up', 'done gone'),
  ],
  'farewell-speaking': [
    ...ALWAYS,
    ...ENDING,
    ...words('farewell.started farewell.failed effect.notice.no-responder'),
    ...answers('say', 'done refused no-responder'),
    ...answers('farewell', 'done refused no-responder'),
    ...answers('hang-up', 'done gone'),
  ],
  draining: [
    ...ALWAYS,
    ...ENDING,
    ...words('mark.echoed effect.mark.no-responder'),
    ...answers('hang-up', 'done gone'),
  ],
  terminating: [
    ...ALWAYS,
    ...answers('hang-up', 'done gone accepted failed'),
    ...answers('ask', 'done gone live failed given-up'),
    ...answers('delete-room', 'done gone failed'),
    ...answers('stop-egress', 'done gone failed'),
    ...answers('close', 'done gone no-responder refused failed'),
  ],
  'post-processing': [
    ...ALWAYS,
    ...answers('end-function', 'done failed given-up skipped'),
    ...answers('record', 'done failed'),
  ],
  closed: [],
};
