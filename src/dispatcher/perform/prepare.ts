/** Which performer an effect has. */
import type { Effect } from '../../contract/effect.ts';
import { command } from './command.ts';
import { deadLetter, removeDeadLetter } from './dead-letter.ts';
import { endFunction } from './end-function.ts';
import { askLeg, hangUpLeg } from './leg.ts';
import { record } from './record.ts';
import { inRoom } from './room.ts';
import { badPayload } from './task.ts';
import type { Prepared, Targets } from './task.ts';

/** Reads the effect; sends nothing yet. Throws only on a defect. */
export function prepare(effect: Effect, targets: Targets): Prepared {
  switch (effect.kind) {
    case 'command':
      return command(effect, targets);
    case 'hang-up-leg':
      return hangUpLeg(effect, targets);
    case 'ask-leg':
      return askLeg(effect, targets);
    case 'delete-room':
      return inRoom(effect, targets, 'deleteRoom');
    case 'stop-egress':
      return inRoom(effect, targets, 'stopEgress');
    case 'run-end-function':
      return endFunction(effect, targets);
    case 'publish-record':
      return record(effect, targets);
    case 'publish-dead-letter':
      return deadLetter(effect, targets);
    case 'remove-dead-letter':
      return removeDeadLetter(effect, targets);
    case 'permit-unattended':
      return badPayload(effect);
  }
}
