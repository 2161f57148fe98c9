/** The production fold, which a certain message makes throw: what a defect in the chart would do. */
import type { CallFold } from '../../supervisor/call-fold.ts';
import { callFold } from '../../supervisor/call-fold.ts';

/** What the caller has to say for the fold to throw. */
export const POISON = 'poison';

/** Thrown by the fold on purpose. */
export class PoisonedFold extends Error {
  readonly code = 'poisoned_fold';
  constructor() {
    super('this call was poisoned by the simulation; nothing is to be cured');
    this.name = 'PoisonedFold';
  }
}

/** As the call actor, or what a test makes of it; throws {@link PoisonedFold} on {@link POISON}. Pure. */
export function poisonable(change: (fold: CallFold) => CallFold = (fold) => fold): CallFold {
  const fold = change(callFold);
  return {
    ...fold,
    foldCall: (state, message, world) => {
      if (message.type === 'caller.spoke' && message.data['text'] === POISON) throw new PoisonedFold();
      return fold.foldCall(state, message, world);
    },
  };
}
