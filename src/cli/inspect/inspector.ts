/**
 * Live calls as actors of the Stately inspector protocol: each call with its statechart, the messages
 * that it took, and the state after each. Only looks; sanitised by construction (`shown.ts`).
 */
import type { createInspector } from '@statelyai/inspect';
import { callMachine } from '../../../machines/call/machine.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Json } from '../../contract/json.ts';
import type { Message } from '../../contract/message.ts';
import type { CallDetail, NodeView } from '../../supervisor/view.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { maskedId } from '../../telemetry/masked-id.ts';
import { InspectorLink } from './link.ts';
import { SENDERS, senderOf, shownContext, shownEvent } from './shown.ts';

/** The package is an optional peer, and absent. Exit 1. */
export class InspectorMissing extends Error {
  readonly code = 'inspector_missing';
  constructor() {
    super('--inspect needs the package @statelyai/inspect; install it: npm install @statelyai/inspect');
    this.name = 'InspectorMissing';
  }
}

export interface InspectorOptions {
  /** WebSocket address of the inspector's relay. */
  readonly url: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface CallInspector {
  /** Told of every message after it was folded; `view` answers for the state that it left. Never throws. */
  onInput(verdict: string, message: Message | undefined, view: Pick<NodeView, 'call'>): void;
  /** May run twice. */
  close(): Promise<void>;
}

/** A person follows a handful; each call costs the page a diagram. Others are shown as these end. */
const CALLS_MAX = 100;

const DEFINITION = JSON.stringify(callMachine.config);

interface Snapshot {
  readonly status: 'active' | 'done' | 'error';
  readonly value?: Json;
  readonly context: Json;
}

interface Shown {
  /** Its name in the inspector. */
  readonly session: string;
  snapshot: Snapshot;
}

type Stately = Pick<ReturnType<typeof createInspector>, 'actor' | 'event' | 'snapshot'>;

/** Connects by itself, now and whenever the inspector comes back. Rejects with `InspectorMissing`. */
export async function openInspector({ url, clock, logger }: InspectorOptions): Promise<CallInspector> {
  const create = await load();
  const { hostname: host, port } = new URL(url);
  const link: InspectorLink = new InspectorLink({
    url,
    clock,
    onOpen: () => calls.announce(),
    onAbsent: () =>
      logger.warn('no inspector listens at the address of --inspect; trying again', { host, port }),
  });
  const stately = create(
    { send: (event) => link.send(event) },
    {
      // Every actor is the root of its own system; a call brings its chart.
      serialize: (event) => ({
        ...event,
        rootId: event.sessionId,
        ...(event.type === '@xstate.actor' && !isSender(event.sessionId) ? { definition: DEFINITION } : {}),
      }),
    },
  );
  const calls = new ShownCalls(stately);
  return {
    onInput: (verdict, message, view) => {
      if (verdict === 'applied' && message !== undefined) calls.take(message, view);
    },
    close: () => link.close(),
  };
}

/** Only who asks for an inspector installs it. */
async function load(): Promise<typeof createInspector> {
  try {
    return (await import('@statelyai/inspect')).createInspector;
  } catch {
    throw new InspectorMissing();
  }
}

function isSender(name: string): boolean {
  return SENDERS.some((sender) => sender === name);
}

class ShownCalls {
  private readonly stately: Stately;
  private readonly calls = new Map<string, Shown>();
  private masked = 0;

  constructor(stately: Stately) {
    this.stately = stately;
  }

  /** Tells an inspector that knows nothing yet what there is. */
  announce(): void {
    for (const sender of SENDERS) this.stately.actor(sender);
    for (const { session, snapshot } of this.calls.values()) this.stately.actor(session, snapshot);
  }

  take(message: Message, view: Pick<NodeView, 'call'>): void {
    const { callId, type } = message;
    const known = this.calls.get(callId);
    const call = view.call(callId);
    const snapshot = call === undefined ? lastOf(type) : snapshotOf(call);
    const shown = known ?? (call === undefined ? undefined : this.begin(callId, snapshot, view));
    if (shown === undefined) return;
    shown.snapshot = snapshot;
    const event = shownEvent(message);
    this.stately.event(shown.session, event, { source: senderOf(message) });
    this.stately.snapshot(shown.session, snapshot, { event });
    if (call === undefined) this.calls.delete(callId);
  }

  private begin(callId: string, snapshot: Snapshot, view: Pick<NodeView, 'call'>): Shown | undefined {
    if (this.calls.size >= CALLS_MAX) this.forgetGone(view);
    if (this.calls.size >= CALLS_MAX) return undefined;
    const shown = { session: this.nameOf(callId), snapshot };
    this.calls.set(callId, shown);
    this.stately.actor(shown.session, snapshot);
    return shown;
  }

  /** Calls of a partition that another node has now: nothing more is heard of them here. */
  private forgetGone(view: Pick<NodeView, 'call'>): void {
    for (const callId of this.calls.keys()) if (view.call(callId) === undefined) this.calls.delete(callId);
  }

  /** Masked ids are numbered: two callers must not become one actor. */
  private nameOf(callId: string): string {
    const masked = maskedId(callId);
    if (masked === callId) return callId;
    this.masked += 1;
    return `${masked}#${this.masked}`;
  }
}

function snapshotOf(call: CallDetail): Snapshot {
  return { status: 'active', value: call.value, context: shownContext(call) };
}

/** A call that is not open any more: closed, unless its messages cannot be folded. */
function lastOf(type: string): Snapshot {
  if (type === 'call.quarantined') return { status: 'error', context: {} };
  return { status: 'done', value: 'closed', context: {} };
}
