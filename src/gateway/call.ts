/**
 * One call, as its gateway sees it: facts go out in order, commands come in. Nothing here holds
 * call state; the log does.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import { dateOf } from '../clock/instant.ts';
import { eventSubject } from '../contract/subjects.ts';
import type { OnProblem } from './errors.ts';
import type { GatewayEventType, GatewayEvents, PublishArguments } from './events.ts';
import type { CallQueue, Outbox } from './outbox.ts';
import { SpeechCoalescer } from './speech.ts';

/** The contract's limit of one event. */
const BODY_MAX_BYTES = 64 * 1024;

/** Twice the time onhook gives a gateway to close its session: late commands are still answered. */
const COMMAND_GRACE_MS = 10_000;

export interface GatewayCall {
  /** The call id as it stands in subjects. */
  readonly callId: string;
  /**
   * Accepts one fact and returns at once; it reaches the log in the order of these calls, also when
   * NATS is away for a while. Never throws. Speech is thinned to one a second.
   */
  publish<T extends GatewayEventType>(type: T, ...data: PublishArguments<T>): void;
  /**
   * The gateway is done with this call: after `graceMs` (default 10 000) its commands are no longer
   * answered. Events already accepted are still delivered. May be called twice.
   */
  close(options?: { readonly graceMs?: number }): void;
}

export interface CallPublisherOptions {
  readonly callId: string;
  readonly rawId: string;
  readonly prefix: string;
  readonly gateway: string;
  readonly source: string;
  readonly instance: string;
  readonly traceparent: string | undefined;
  readonly queue: CallQueue;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly onProblem: OnProblem;
  /** Calls in their grace; the client cuts it short when it closes. */
  readonly graces: Set<TimerHandle>;
  /** Runs once, after the grace. */
  readonly onClosed: () => void;
}

export function createCall(options: CallPublisherOptions): GatewayCall {
  const { callId, clock } = options;
  let closing = false;
  const caller = new SpeechCoalescer<GatewayEvents['caller.spoke']>(clock, (data) =>
    enqueue(options, 'caller.spoke', data),
  );
  const agent = new SpeechCoalescer<object>(clock, (data) => enqueue(options, 'agent.spoke', data));

  return {
    callId,
    publish(type, ...[data]) {
      const body: object = data ?? {};
      if (type === 'caller.spoke')
        return caller.report(body, (body as GatewayEvents['caller.spoke']).final === true);
      if (type === 'agent.spoke') return agent.report(body, false);
      caller.release();
      agent.release();
      enqueue(options, type, type === 'call.started' ? identified(options, body) : body);
    },
    close({ graceMs = COMMAND_GRACE_MS } = {}) {
      if (closing) return;
      closing = true;
      caller.release();
      caller.stop();
      agent.stop();
      const grace = clock.after(graceMs, () => {
        options.graces.delete(grace);
        options.onClosed();
      });
      options.graces.add(grace);
    },
  };
}

/** `call.started` also says which instance holds the call, and the raw id when it was encoded. */
function identified({ rawId, callId, instance }: CallPublisherOptions, data: object): object {
  return { ...data, instance, ...(rawId === callId ? {} : { id: rawId }) };
}

function enqueue(options: CallPublisherOptions, type: GatewayEventType, data: object): void {
  const { callId, gateway, traceparent } = options;
  const body = JSON.stringify(data);
  if (Buffer.byteLength(body) > BODY_MAX_BYTES) {
    return options.onProblem({ code: 'event_too_large', callId, subject: type });
  }
  const id = options.newId();
  options.outbox.add(options.queue, {
    type,
    subject: eventSubject(options.prefix, gateway, callId, type),
    messageId: `${gateway}/${callId}/${id}`,
    body,
    headers: {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': options.source,
      'ce-type': type,
      'ce-subject': callId,
      'ce-time': dateOf(options.clock.now()).toISOString(),
      'content-type': 'application/json',
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  });
}
