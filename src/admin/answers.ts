/**
 * What one node answers about its own calls, the same over HTTP and over the query subjects; and the
 * asking of the others, since no node knows every partition.
 */
import type { Json } from '../contract/json.ts';
import type {
  CallDetail,
  CallStateName,
  CallSummary,
  EffectView,
  NodeStats,
  NodeView,
} from '../supervisor/view.ts';

/** Last token of a query subject. */
export type QueryName = 'calls' | 'call' | 'dead-letters' | 'stats';

/** Which calls, and how many at most. */
export interface CallsRequest {
  readonly state?: CallStateName;
  readonly gateway?: string;
  readonly limit: number;
  /** Only what comes after it, in the order of {@link inOrder}. */
  readonly after?: CallPlace;
  /** Exactly these, in place of a page; the rest does not count then. */
  readonly ids?: readonly string[];
}

/** A place in the order of calls: by start, then by id. */
export interface CallPlace {
  readonly startedAt: number;
  readonly callId: string;
}

/** A call in the list. */
export interface ListedCall extends CallSummary {
  /** XState's full value: what it waits for. */
  readonly value?: Json;
  /** What is under way; absent when nothing is. */
  readonly effects?: readonly EffectView[];
  /** The timer that is due next; `retries` says what a wait between attempts is about. */
  readonly nextTimer?: {
    readonly timerId: string;
    readonly dueAt: number;
    readonly retries?: Pick<EffectView, 'kind' | 'subject' | 'attempt'>;
  };
}

/** A node as the fleet shows it. */
export interface NodeReport extends NodeStats {
  /** Of onhook. */
  readonly version: string;
  /** Its wall clock, ms since the epoch. */
  readonly now: number;
  /** Open calls by gateway. */
  readonly gateways: Readonly<Record<string, number>>;
}

/** What a node says, and for which partitions it may say it. */
export interface Answer<T> {
  readonly nodeId: string;
  /** Partitions that are live there. */
  readonly partitions: readonly number[];
  readonly data: T;
}

/** The other nodes. Each that answers within its bound is heard; silence is no error. */
export interface Peers {
  /** `enough` is asked after each answer, to end the wait early. */
  ask(
    query: QueryName,
    request: object,
    enough: (answers: readonly Answer<unknown>[]) => boolean,
  ): Promise<readonly Answer<unknown>[]>;
}

/** A question to one node's view, whose answers of other nodes have the same shape. */
export interface Question<T> {
  readonly query: QueryName;
  readonly request: object;
  readonly local: (view: NodeView) => T;
  /** Whether what another node said has the shape; what has not is not heard. */
  readonly accepts: (data: unknown) => boolean;
}

/** All answers, and what is missing. */
export interface Gathered<T> {
  readonly answers: readonly Answer<T>[];
  /** Partitions that no answer spoke for. */
  readonly unanswered: readonly number[];
}

/** Asks this node, and the others unless this one is live in every partition. */
export async function gather<T>(
  view: NodeView,
  peers: Peers | undefined,
  partitions: number,
  { query, request, local, accepts }: Question<T>,
): Promise<Gathered<T>> {
  const own: Answer<T> = { ...identity(view.stats()), data: local(view) };
  const complete = (others: readonly Answer<unknown>[]): boolean =>
    missing([own, ...others], partitions).length === 0;
  const others = peers === undefined || complete([]) ? [] : await peers.ask(query, request, complete);
  const foreign = others.filter(({ nodeId, data }) => nodeId !== own.nodeId && accepts(data)) as Answer<T>[];
  const answers = [own, ...foreign];
  return { answers, unanswered: missing(answers, partitions) };
}

/** Who answers, and for which partitions. */
export function identity(stats: NodeStats): Omit<Answer<unknown>, 'data'> {
  const live = stats.partitions.filter(({ state }) => state === 'live');
  return { nodeId: stats.nodeId, partitions: live.map(({ partition }) => partition) };
}

function missing(answers: readonly Answer<unknown>[], partitions: number): number[] {
  const answered = new Set(answers.flatMap((answer) => answer.partitions));
  return Array.from({ length: partitions }, (_, partition) => partition).filter((p) => !answered.has(p));
}

/** One page of this node's calls, with one more than the limit when there are more; or those that are named. */
export function listCalls(view: NodeView, { state, gateway, limit, after, ids }: CallsRequest): ListedCall[] {
  if (ids !== undefined) {
    return ids.flatMap((callId) => {
      const detail = view.call(callId);
      return detail === undefined ? [] : [listed(detail)];
    });
  }
  const filter = { ...(state === undefined ? {} : { state }), ...(gateway === undefined ? {} : { gateway }) };
  const calls = view.calls(filter).sort(inOrder);
  const rest = after === undefined ? calls : calls.filter((call) => inOrder(call, after) > 0);
  return rest.slice(0, limit + 1).map((call) => {
    const detail = view.call(call.callId);
    return detail === undefined ? call : listed(detail);
  });
}

function listed(detail: CallDetail): ListedCall {
  const { callId, gateway, partition, state, startedAt, ageMs, endedBy, endReason, value, effects } = detail;
  return {
    callId,
    gateway,
    partition,
    state,
    startedAt,
    ageMs,
    value,
    ...(endedBy === undefined ? {} : { endedBy }),
    ...(endReason === undefined ? {} : { endReason }),
    ...(effects.length === 0 ? {} : { effects }),
    ...nextDue(detail),
  };
}

const RETRY = 'effect.';

function nextDue({ timers, effects }: CallDetail): Pick<ListedCall, 'nextTimer'> {
  const next = timers.reduce<(typeof timers)[number] | undefined>(
    (soonest, timer) => (soonest === undefined || timer.dueAt < soonest.dueAt ? timer : soonest),
    undefined,
  );
  if (next === undefined) return {};
  const { timerId, dueAt } = next;
  const effect = effects.find(({ effectId }) => timerId === RETRY + effectId);
  if (effect === undefined) return { nextTimer: { timerId, dueAt } };
  const { kind, subject, attempt } = effect;
  return {
    nextTimer: {
      timerId,
      dueAt,
      retries: { kind, attempt, ...(subject === undefined ? {} : { subject }) },
    },
  };
}

/** What this node says of itself. Pure but for the clock's time. */
export function reportOf(view: NodeView, version: string, now: number): NodeReport {
  const gateways: Record<string, number> = {};
  for (const { gateway } of view.calls()) gateways[gateway] = (gateways[gateway] ?? 0) + 1;
  return { ...view.stats(), version, now, gateways };
}

/** Oldest first; ids are unique. */
export function inOrder(a: CallPlace, b: CallPlace): number {
  if (a.startedAt !== b.startedAt) return a.startedAt - b.startedAt;
  if (a.callId === b.callId) return 0;
  return a.callId < b.callId ? -1 : 1;
}

/** One list of all answers. Of a call that two nodes name, the owner's words count, not a follower's. */
export function mergeCalls(answers: readonly Answer<readonly ListedCall[]>[]): ListedCall[] {
  const merged = new Map<string, ListedCall>();
  for (const { partitions, data } of answers) {
    for (const call of data) {
      if (!merged.has(call.callId) || partitions.includes(call.partition)) merged.set(call.callId, call);
    }
  }
  return [...merged.values()].sort(inOrder);
}

/** The owner's detail, else a follower's. */
export function chooseDetail(answers: readonly Answer<CallDetail | null>[]): CallDetail | undefined {
  const known = answers.filter((answer) => answer.data !== null);
  const owner = known.find(({ partitions, data }) => data !== null && partitions.includes(data.partition));
  return (owner ?? known[0])?.data ?? undefined;
}
