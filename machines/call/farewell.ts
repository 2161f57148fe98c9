/**
 * Pure questions about the farewell: which one is due, how long its audio still plays, and how an
 * ending listens to the caller. Rules R2 and R5 of the decision table, field rules 1 to 16.
 */
import type { BargeIn, CallContext, FarewellProgress } from './context.ts';
import type { FarewellRequest } from './events.ts';

/** The gateway's own default: `reply` when it can tell us about its farewell, else `spoken`. */
export function requestedFarewell(
  context: CallContext,
  by: string | undefined,
  asked: FarewellRequest | undefined,
): FarewellRequest {
  // A refused call has nothing to say goodbye to (row 45).
  const wish = asked ?? (by === 'policy' ? 'none' : context.policy.farewell);
  if (wish !== undefined) {
    // Nothing of ours can speak the text: let what is buffered finish instead of cutting it.
    const speaks = context.capabilities.say && context.policy.mode === 'own';
    return typeof wish === 'object' && !speaks ? 'spoken' : wish;
  }
  return context.capabilities.farewellEvents ? 'reply' : 'spoken';
}

/** What the system says when it ends the call itself (rows 46 to 48), or undefined when it cannot speak. */
export type SystemSpeech =
  | { readonly verb: 'farewell'; readonly instructions: string }
  | { readonly verb: 'say'; readonly text: string };

/** What the model is told by default; LiveKit's EndCallTool says the same. */
export const DEFAULT_INSTRUCTIONS = 'say goodbye to the user';
const DEFAULT_TEXT = 'Goodbye.';

export function systemSpeech(context: CallContext): SystemSpeech | undefined {
  const wish = context.policy.systemFarewell;
  // Outside own mode no command is sent, so nothing of ours can speak.
  if (wish === 'none' || context.policy.mode !== 'own') return undefined;
  if (wish !== undefined && 'say' in wish && context.capabilities.say) return { verb: 'say', text: wish.say };
  if (context.capabilities.farewell) {
    const instructions = wish !== undefined && 'instructions' in wish ? wish.instructions : undefined;
    return {
      verb: 'farewell',
      instructions: instructions ?? context.policy.endInstructions ?? DEFAULT_INSTRUCTIONS,
    };
  }
  if (!context.capabilities.say) return undefined;
  return { verb: 'say', text: wish !== undefined && 'say' in wish ? wish.say : DEFAULT_TEXT };
}

/** The utterance id that we choose when we ask for the words ourselves. */
export function ownUtteranceId(context: CallContext): string {
  return `onhook-${context.endAttempt}`;
}

export function nextMark(context: CallContext): string {
  return `onhook-${context.endAttempt}-${(context.farewell?.marks ?? 0) + 1}`;
}

/** Audio still to be played at `at`, in ms; undefined while nobody told us its length. */
export function remainingAudioMs(farewell: FarewellProgress | undefined, at: number): number | undefined {
  const lengthMs = farewell?.audioMs ?? farewell?.expectedMs;
  if (farewell === undefined || lengthMs === undefined) return undefined;
  const startedAt = farewell.startedAt ?? farewell.finishedAt ?? at;
  return Math.max(0, startedAt + lengthMs - at);
}

/** How barge-in is treated now: voicemail and menus never listen, and a patience has its end. */
export function bargeInOf(context: CallContext): BargeIn {
  if (context.voicemail) return 'lock';
  const exhausted = context.bargeIns >= context.policy.bargeInMax;
  return context.policy.bargeIn === 'resume' && exhausted ? 'lock' : context.policy.bargeIn;
}

/** A finished farewell is ours when its id is the bound one, or when none is bound yet (row 6). */
export function isThisFarewell(farewell: FarewellProgress | undefined, utteranceId: string): boolean {
  return farewell !== undefined && (farewell.utteranceId ?? utteranceId) === utteranceId;
}
