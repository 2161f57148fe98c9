/**
 * The gateway's side of onhook: connect once per process, then one {@link GatewayCall} per call.
 * A NATS outage costs nothing but time: facts wait and are sent in order when it is back.
 */
import { randomUUID } from 'node:crypto';
import { headers as natsHeaders } from '@nats-io/transport-node';
import type { Msg, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import type { Clock, TimerHandle } from '../clock/clock.ts';
import { systemClock } from '../clock/system-clock.ts';
import { commandSubject, DEFAULT_PREFIX, encodeCallId, isGatewayName } from '../contract/subjects.ts';
import { createCall } from './call.ts';
import type { GatewayCall } from './call.ts';
import { CommandDesk } from './command-desk.ts';
import type { Answer, CommandBody, CommandHandlers } from './command-desk.ts';
import type { EndCallTool } from './end-call/tool.ts';
import { InvalidGatewayName } from './errors.ts';
import type { OnProblem } from './errors.ts';
import { dial, Link } from './link.ts';
import { Outbox } from './outbox.ts';

/** About a thousand calls' worth of endings; a longer outage loses speech first, endings never. */
const BUFFER_MAX = 1_000;

/** How long `connectGateway` waits for NATS before it goes on without. */
const FIRST_CONNECT_MS = 5_000;

/** How long `close` waits for acks. */
const FLUSH_MS = 5_000;

export interface GatewayOptions {
  /** Name of the fleet: the principal of its events. Every instance uses the same. */
  readonly gateway: string;
  /** This process, for pings and people. Default: a random id. */
  readonly instance?: string;
  /** NATS servers, or everything its client understands (credentials, TLS). */
  readonly servers?: string | string[];
  readonly nats?: NodeConnectionOptions;
  /** A connection you already have; then you also close it. */
  readonly connection?: NatsConnection;
  /** Default `onhook.v1`. */
  readonly prefix?: string;
  /** Events held while NATS is away. Default 1 000. Speech is dropped first, `end.requested` never. */
  readonly bufferMax?: number;
  /** In ms, default 5 000; then the client is returned and goes on dialling. */
  readonly firstConnectMs?: number;
  /** For logs and metrics. Must not throw. */
  readonly onProblem?: OnProblem;
  readonly clock?: Clock;
  readonly newId?: () => string;
}

export interface CallOptions {
  readonly handlers?: CommandHandlers;
  /** The tool by which the model ends this call: its requests go out here, onhook's answers come in. */
  readonly endCall?: EndCallTool;
  /** The call was started by another instance, whose event numbering this one does not know. */
  readonly resumed?: boolean;
  /** The gateway's own span for this call (W3C Trace Context): onhook's trace of the call continues it. */
  readonly traceparent?: string | undefined;
}

export interface GatewayClient {
  readonly gateway: string;
  readonly instance: string;
  readonly clock: Clock;
  /**
   * Opens a call and listens for its commands; publish `call.started` first. Any string is a valid
   * id as long as it is never reused (the carrier's own id is best).
   */
  call(callId: string, options?: CallOptions): GatewayCall;
  /** Events not acknowledged yet, dropped so far, and whether NATS is there. */
  stats(): { readonly buffered: number; readonly dropped: number; readonly connected: boolean };
  /** True once everything accepted so far is in the log, false after `timeoutMs` (default 5 000). */
  flush(timeoutMs?: number): Promise<boolean>;
  /** Flushes, then stops listening and closes the connection unless it was given. May run twice. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}

/**
 * Resolves when NATS is connected, or after `firstConnectMs` without it. Throws
 * {@link InvalidGatewayName}; rejects when NATS refuses the login.
 */
export async function connectGateway(options: GatewayOptions): Promise<GatewayClient> {
  if (!isGatewayName(options.gateway)) throw new InvalidGatewayName(options.gateway);
  const onProblem = options.onProblem ?? (() => undefined);
  const clock = options.clock ?? systemClock;
  const link = new Link(onProblem);
  if (options.connection !== undefined) link.use(options.connection);
  else await dial(link, natsOptions(options), clock, options.firstConnectMs ?? FIRST_CONNECT_MS);
  return createClient(options, { link, clock, onProblem });
}

function natsOptions({ servers, nats, gateway }: GatewayOptions): NodeConnectionOptions {
  return { name: `onhook-gateway ${gateway}`, ...nats, ...(servers === undefined ? {} : { servers }) };
}

interface Parts {
  readonly link: Link;
  readonly clock: Clock;
  readonly onProblem: OnProblem;
}

function createClient(options: GatewayOptions, { link, clock, onProblem }: Parts): GatewayClient {
  const { gateway, prefix = DEFAULT_PREFIX, newId = randomUUID } = options;
  const instance = options.instance ?? newId();
  const source = `/gateways/${gateway}/${instance}`;
  const graces = new Set<TimerHandle>();
  const outbox = new Outbox({ link, clock, onProblem, bufferMax: options.bufferMax ?? BUFFER_MAX });

  return {
    gateway,
    instance,
    clock,
    call(rawId, { handlers = {}, resumed = false, endCall, traceparent } = {}) {
      const callId = encodeCallId(rawId);
      const desk = new CommandDesk(endCall?.listening(handlers) ?? handlers, (verb, cause) =>
        onProblem({ code: 'command_failed', callId, subject: verb, cause }),
      );
      const subject = commandSubject(prefix, gateway, callId, '*');
      const onClosed = link.subscribe(subject, (message) => void answer(desk, message, instance));
      const queue = outbox.openQueue(callId, !resumed);
      const call = createCall({
        callId,
        rawId,
        prefix,
        gateway,
        source,
        instance,
        traceparent,
        queue,
        outbox,
        clock,
        newId,
        onProblem,
        graces,
        onClosed,
      });
      endCall?.bind(call);
      return call;
    },
    stats: () => ({ buffered: outbox.buffered, dropped: outbox.dropped, connected: link.connected }),
    flush: (timeoutMs = FLUSH_MS) => outbox.flush(timeoutMs),
    async close({ timeoutMs = FLUSH_MS } = {}) {
      await outbox.flush(timeoutMs);
      for (const grace of graces) grace.cancel();
      const connection = await link.close();
      if (options.connection === undefined) await connection?.close();
    },
  };
}

/** Never rejects: a throw in a NATS callback would silence the subscription. */
async function answer(desk: CommandDesk, message: Msg, instance: string): Promise<void> {
  const verb = message.subject.slice(message.subject.lastIndexOf('.') + 1);
  const answered = await desk.handle(verb, readBody(message.data));
  message.respond(JSON.stringify(bodyOf(answered, instance)), { headers: headersOf(answered) });
}

function bodyOf(answered: Answer, instance: string): object {
  return answered.ok ? { ok: true, instance, ...answered.fields } : { ok: false };
}

function headersOf(answered: Answer): ReturnType<typeof natsHeaders> {
  const headers = natsHeaders();
  if (!answered.ok) {
    headers.set('Nats-Service-Error', answered.error);
    headers.set('Nats-Service-Error-Code', String(answered.code));
  }
  return headers;
}

function readBody(data: Uint8Array): CommandBody | undefined {
  if (data.length === 0) return {};
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(data));
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as CommandBody)
      : undefined;
  } catch {
    return undefined;
  }
}
