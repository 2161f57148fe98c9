/**
 * What holds in every step of every call, as pure predicates over the state before, the message, the
 * state after, and the effects. Numbers are those of the design's invariants. Tests check all of them
 * on each step; an owner may keep them on and quarantine a call that breaks one.
 */
import type { AnyStateNode } from 'xstate';
import type { CallContext } from './context.ts';
import { CALL_STATES, callMachine, type CallStateName } from './machine.ts';

/** The parts of a call's state that the predicates read. A call actor's state is one. */
export interface CallView {
  readonly snapshot: { readonly value: unknown; readonly context: unknown };
  readonly foldAt: number;
  readonly timers: readonly ArmedView[];
  readonly effects: readonly PendingView[];
  readonly account: {
    readonly endAttempts: readonly { readonly outcome: string }[];
    readonly timeline: readonly unknown[];
    readonly functions: Readonly<Record<string, { readonly status: string }>>;
    readonly legAttempts: Readonly<Record<string, number>>;
  };
}

interface ArmedView {
  readonly timerId: string;
  readonly armed: { readonly seq: number; readonly era: number };
  readonly armedAt: number;
  readonly durationMs: number;
  readonly absence: boolean;
}

interface PendingView {
  readonly request: { readonly kind: string; readonly effectId: string };
  readonly phase: string;
  readonly subject?: string;
}

export interface EffectView {
  readonly effectId: string;
  readonly kind: string;
  readonly attempt: number;
  readonly cause: string;
  readonly payload: object;
}

export interface CallStep {
  readonly before: CallView;
  readonly message: { readonly type: string; readonly gateway: string; readonly data: object };
  readonly verdict: string;
  readonly after: CallView;
  readonly effects: readonly EffectView[];
}

export interface Invariant {
  readonly number: number;
  /** The rule in words. */
  readonly name: string;
  readonly holds: (step: CallStep) => boolean;
}

const contextOf = (view: CallView): CallContext => view.snapshot.context as CallContext;

function nameOf({ snapshot: { value } }: CallView): CallStateName {
  return (typeof value === 'string' ? value : Object.keys(value as object)[0]) as CallStateName;
}

const rankOf = (view: CallView): number => CALL_STATES.indexOf(nameOf(view));

/** Where each state may go in one step: `terminating` is passed within it when every leg is settled. */
const NEXT: Readonly<Record<CallStateName, readonly CallStateName[]>> = {
  active: ['farewell-speaking', 'draining', 'terminating', 'post-processing'],
  'farewell-speaking': ['active', 'draining', 'terminating', 'post-processing'],
  draining: ['active', 'terminating', 'post-processing'],
  terminating: ['post-processing'],
  'post-processing': ['closed'],
  closed: [],
};

function movesAsDeclared({ before, after }: CallStep): boolean {
  const [from, to] = [nameOf(before), nameOf(after)];
  if (from === to) return true;
  if (rankOf(after) > rankOf(before)) return NEXT[from].includes(to);
  const cancelled = (view: CallView): number =>
    view.account.endAttempts.filter(({ outcome }) => outcome === 'cancelled').length;
  const counted = cancelled(after) === cancelled(before) + 1 || contextOf(before).endAttempt === 0;
  return NEXT[from].includes(to) && counted;
}

const ENDS_LEGS = new Set(['hang-up-leg', 'delete-room']);

const endings = ({ effects }: CallStep): readonly EffectView[] =>
  effects.filter(({ kind }) => ENDS_LEGS.has(kind));

function legOf({ payload }: EffectView): string {
  return (payload as { leg?: string }).leg ?? '';
}

/** The cause is kept, and a farewell that was due has its verdict. */
function hangsUpForACause(step: CallStep): boolean {
  const { end, farewell } = contextOf(step.after);
  return endings(step).every(
    ({ cause }) =>
      cause !== '' && end !== undefined && (farewell === undefined || farewell.outcome !== 'none_needed'),
  );
}

function confirmsByItsMark({ before, message, after }: CallStep): boolean {
  const was = contextOf(before).farewell;
  const is = contextOf(after).farewell;
  if (is?.outcome !== 'confirmed' || was?.outcome === 'confirmed') return true;
  if (message.type === 'call.ended') return contextOf(after).policy.mode !== 'own';
  const { name } = message.data as { name?: string };
  return message.type === 'mark.echoed' && was?.outcome === 'none_needed' && was.mark === name;
}

/** Absences that only start a verification. */
const VERIFYING = new Set(['liveness', 'mediaLost', 'rejoin']);

function firesWhatIsArmedAndDue({ before, message, verdict, after }: CallStep): boolean {
  if (message.type !== 'timer.fired' || verdict !== 'applied') return true;
  const fired = message.data as { timerId: string; armedSeq: number; armedEra: number; waitedMs: number };
  const timer = before.timers.find(({ timerId }) => timerId === fired.timerId);
  if (timer === undefined) return false;
  const same = timer.armed.seq === fired.armedSeq && timer.armed.era === fired.armedEra;
  const due = after.foldAt >= timer.armedAt + timer.durationMs;
  const waited = !timer.absence && fired.waitedMs >= timer.durationMs;
  const ends = nameOf(before) !== nameOf(after);
  return same && (due || waited) && !(ends && VERIFYING.has(fired.timerId.split('.')[0] ?? ''));
}

const impliedByValue = new Map<string, readonly string[]>();

/** Timer ids that a state value implies: those of every active node. */
export function impliedTimers(value: unknown): readonly string[] {
  const key = JSON.stringify(value);
  const known = impliedByValue.get(key);
  if (known !== undefined) return known;
  const { _nodes: nodes } = callMachine.resolveState({ value: value as never, context: {} as never }) as {
    _nodes: readonly AnyStateNode[];
  };
  const implied = nodes.flatMap((node) =>
    Object.keys(node.config.after ?? {}).map((delay) => `${delay}.${node.id}`),
  );
  impliedByValue.set(key, implied);
  return implied;
}

const LIFETIME = 'lifetime.call';

function armsWhatItsStateImplies({ after }: CallStep): boolean {
  const closed = nameOf(after) === 'closed';
  const implied = new Set(closed ? [] : impliedTimers(after.snapshot.value));
  const armed = after.timers.map(({ timerId }) => timerId);
  for (const { phase, request } of after.effects) {
    if (phase === 'backing-off') implied.add(`effect.${request.effectId}`);
  }
  // The lifetime fires once; what is left then is to publish the record.
  const spent = nameOf(after) === 'post-processing' && !armed.includes(LIFETIME);
  if (spent) implied.delete(LIFETIME);
  return armed.length === implied.size && armed.every((timerId) => implied.has(timerId));
}

const isDecided = (status: string): boolean => status !== 'waiting' && status !== 'running';

function runsFunctionsAfterTheLine({ after, effects }: CallStep): boolean {
  const runs = effects.some(({ kind }) => kind === 'run-end-function');
  return !runs || Object.values(contextOf(after).legs).every(({ termination }) => termination !== undefined);
}

function decidesFunctionsOnce({ before, after }: CallStep): boolean {
  return Object.entries(after.account.functions).every(([name, { status }]) => {
    const was = before.account.functions[name]?.status ?? 'waiting';
    if (nameOf(after) === 'closed' && !isDecided(status)) return false;
    return !isDecided(was) || was === status || (was === 'dead_lettered' && status === 'succeeded');
  });
}

/** One pending hangup for each leg, whose attempts only grow (also invariant 6). */
function hangsUpOnce(step: CallStep): boolean {
  const pending = step.after.effects.filter(({ request }) => ENDS_LEGS.has(request.kind));
  const legs = new Set(pending.map(({ subject }) => subject));
  const grows = endings(step).every(
    (effect) => effect.attempt > (step.before.account.legAttempts[legOf(effect)] ?? 0),
  );
  return legs.size === pending.length && grows;
}

const OWN = '_onhook';
/** They are told by one more version of the record, and change nothing else (field rule 54). */
const LATE_FACTS = new Set(['state.patched', 'transcript.appended']);

function closedAbsorbs({ before, message, after, effects }: CallStep): boolean {
  if (nameOf(before) !== 'closed') return true;
  if (nameOf(after) !== 'closed') return false;
  const settled = ({ legs: _legs, ...rest }: CallContext): string => JSON.stringify(rest);
  const same =
    after.account.timeline === before.account.timeline &&
    settled(contextOf(after)) === settled(contextOf(before));
  if (message.gateway === OWN) return same;
  const refusals = effects.every(({ kind }) => kind === 'command');
  if (LATE_FACTS.has(message.type)) return same && effects.every(({ kind }) => kind === 'publish-record');
  return same && after.effects === before.effects && (effects.length === 0 || refusals);
}

function ignoresASecondStart({ before, message, after }: CallStep): boolean {
  if (message.type !== 'call.started') return true;
  return (
    after.snapshot === before.snapshot &&
    after.timers === before.timers &&
    after.effects === before.effects &&
    after.account === before.account
  );
}

function leavesSurvivorsAlone(step: CallStep): boolean {
  const { legs } = contextOf(step.after);
  return endings(step).every((effect) => legs[legOf(effect)]?.termination !== 'not_ours');
}

function ignoresDuplicates({ before, verdict, after, effects }: CallStep): boolean {
  return verdict !== 'duplicate' || (after.snapshot === before.snapshot && commandsOnly(effects));
}

function commandsOnly(effects: readonly EffectView[]): boolean {
  return effects.every(({ kind }) => kind === 'command');
}

export const INVARIANTS: readonly Invariant[] = [
  { number: 1, name: 'rank falls only by a counted cancelled end', holds: movesAsDeclared },
  { number: 2, name: 'a hangup exists only with its cause', holds: hangsUpForACause },
  { number: 3, name: 'playout is confirmed only by the mark of this farewell', holds: confirmsByItsMark },
  { number: 4, name: 'a timer fires only armed and due', holds: firesWhatIsArmedAndDue },
  { number: 5, name: 'armed timers are those that the state implies', holds: armsWhatItsStateImplies },
  { number: 7, name: 'no end function starts before every leg is decided', holds: runsFunctionsAfterTheLine },
  { number: 8, name: 'each end function is decided once', holds: decidesFunctionsOnce },
  { number: 13, name: 'a duplicate is a no-op', holds: ignoresDuplicates },
  { number: 14, name: 'one hangup at a time for each leg', holds: hangsUpOnce },
  { number: 15, name: 'closed absorbs', holds: closedAbsorbs },
  { number: 16, name: 'a second start alters nothing', holds: ignoresASecondStart },
  { number: 24, name: 'surviving legs are never hung up', holds: leavesSurvivorsAlone },
];

/** Of this step; empty when all hold. */
export function brokenInvariants(step: CallStep): string[] {
  return INVARIANTS.filter(({ holds }) => !holds(step)).map(({ number, name }) => `${number}: ${name}`);
}
