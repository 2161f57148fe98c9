/**
 * The call actor: a pure fold over the call's messages. Signatures first; see `call-state.ts`.
 */
import type { Effect } from '../contract/effect.ts';
import type { Message } from '../contract/message.ts';
import type { ArmedTimer, CallEntry, CallState, Fold, PinnedConfig, World } from './call-state.ts';

/** Makes the actor from `call.started`. Throws nothing for decoded input; a refused start is a note and a command. */
export declare function startCall(
  message: Message,
  world: World,
): Fold | { refused: string; effects: readonly Effect[]; notes: Fold['notes'] };

/** One step. Throws only when the machine itself does: the caller then appends `call.quarantined` (log rule 38). */
export declare function foldCall(state: CallState, message: Message, world: World): Fold;

/** What is still wanted and has no outcome, hangups first: after a recovery, or when the pause ends. */
export declare function pendingEffects(state: CallState): Effect[];

/** When the timer counts by fold time: its due instant, moved for an absence by the last outage. */
export declare function dueAt(timer: ArmedTimer, world: World): number;

/** Closed, and no orphan leg or redrive left: the actor can be forgotten. */
export declare function isDone(state: CallState): boolean;

export declare function toEntry(state: CallState): CallEntry;
export declare function fromEntry(entry: CallEntry, configs: ReadonlyMap<string, PinnedConfig>): CallState;
