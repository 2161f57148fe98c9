/**
 * Load in its own process over plain NATS: places calls as the simplest gateway would, answers their
 * commands itself, and counts what closed. Closed loop for throughput, open loop for delays.
 */
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { headers as newHeaders } from '@nats-io/transport-node';
import { encodeEvent } from '../src/contract/encode.ts';
import { callSidOf } from './calls.ts';
import type { Round } from './calls.ts';
import { expose, sharedNowMs } from './child.ts';
import { watchFunctions } from './function-watch.ts';
import type { FunctionDelays } from './function-watch.ts';

const GATEWAY = 'bench';
const OK = new TextEncoder().encode('{"ok":true}');
/** A call that takes longer is stuck, and the benchmark says so. */
const STUCK_AFTER_MS = 60_000;

let connection: NatsConnection | undefined;
let prefix = '';
let echoAfterMs = 0;
let onClosed: (callId: string) => void = () => undefined;
const echoedAt = new Map<string, number>();

function publish(callId: string, type: string, sequence: number, data: object): void {
  const event = encodeEvent({
    prefix,
    gateway: GATEWAY,
    callId,
    type,
    sequence,
    id: `${sequence}`,
    data: data as never,
  });
  const headers = newHeaders();
  for (const name in event.headers) headers.set(name, event.headers[name] ?? '');
  connection?.publish(event.subject, event.data, { headers });
}

function start(callId: string): void {
  publish(callId, 'call.started', 1, {
    provider: 'twilio',
    direction: 'inbound',
    from: '+15550100',
    to: '+15550101',
    legs: { carrier: { callSid: callId } },
    state: { campaign: 'bench' },
  });
}

function echo(callId: string, name: string): void {
  echoedAt.set(callId, sharedNowMs());
  publish(callId, 'mark.echoed', 3, { name });
}

async function open(options: { url: string; prefix: string; echoAfterMs: number }): Promise<void> {
  ({ prefix, echoAfterMs } = options);
  connection = await connect({ servers: options.url });
  const depth = prefix.split('.').length;
  connection.subscribe(`${prefix}.cmd.${GATEWAY}.*.*`, {
    callback: (_error, message) => {
      message.respond(OK);
      const [callId = '', verb] = message.subject.split('.').slice(depth + 2);
      if (verb !== 'mark') return;
      const { name } = message.json<{ name: string }>();
      if (echoAfterMs === 0) echo(callId, name);
      else setTimeout(() => echo(callId, name), echoAfterMs);
    },
  });
  connection.subscribe(`${prefix}.out.*.call.closed`, {
    callback: (_error, message) => onClosed(message.subject.split('.')[depth + 1] ?? ''),
  });
  await connection.flush();
}

/** Ends `calls` calls, `inFlight` at a time; how long that took, in ms. */
function closedLoop({ round, calls, inFlight }: Round & { inFlight: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    let [placed, closed] = [0, 0];
    const startedAt = sharedNowMs();
    const stuck = setTimeout(
      () => reject(new Error(`${calls - closed} of ${calls} calls are stuck`)),
      STUCK_AFTER_MS,
    );
    const place = (): void => {
      const callId = callSidOf(round, placed);
      placed += 1;
      start(callId);
      publish(callId, 'end.requested', 2, { by: 'agent', reason: 'done' });
    };
    onClosed = () => {
      closed += 1;
      if (placed < calls) place();
      if (closed < calls) return;
      clearTimeout(stuck);
      resolve(sharedNowMs() - startedAt);
    };
    for (let i = 0; i < inFlight && i < calls; i += 1) place();
  });
}

/** Starts and ends calls at their rate, however slowly they go. */
function place({ round, calls, perSecond, talkMs }: Round & { perSecond: number; talkMs: number }): void {
  let placed = 0;
  const startedAt = sharedNowMs();
  const placeDue = (): void => {
    const due = Math.min(calls, Math.floor(((sharedNowMs() - startedAt) / 1_000) * perSecond) + 1);
    for (; placed < due; placed += 1) {
      const callId = callSidOf(round, placed);
      start(callId);
      setTimeout(() => publish(callId, 'end.requested', 2, { by: 'agent', reason: 'done' }), talkMs);
    }
    if (placed < calls) setTimeout(placeDue, 1);
  };
  placeDue();
}

/** Starts calls at their rate, however slowly they end; when each mark was echoed, on the shared clock. */
function openLoop({
  round,
  calls,
  perSecond,
  talkMs,
}: Round & { perSecond: number; talkMs: number }): Promise<Map<string, number>> {
  echoedAt.clear();
  return new Promise((resolve, reject) => {
    let closed = 0;
    const stuck = setTimeout(
      () => reject(new Error(`${calls - closed} calls are stuck`)),
      STUCK_AFTER_MS + (calls / perSecond) * 1_000,
    );
    onClosed = () => {
      closed += 1;
      if (closed < calls) return;
      clearTimeout(stuck);
      resolve(new Map(echoedAt));
    };
    place({ round, calls, perSecond, talkMs });
  });
}

/** Ends calls at their rate until every function of `names` has ended for all of them; the calls may stay open. */
async function withFunctions({
  names,
  ...load
}: Round & { perSecond: number; talkMs: number; names: readonly string[] }): Promise<
  Map<string, FunctionDelays>
> {
  if (connection === undefined) throw new Error('not open');
  let stuck: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_resolve, reject) => {
    stuck = setTimeout(() => reject(new Error('end functions are stuck')), STUCK_AFTER_MS);
  });
  const watched = watchFunctions(connection, prefix, { names, calls: load.calls });
  place(load);
  return Promise.race([watched, patience]).finally(() => clearTimeout(stuck));
}

/** Starts calls and leaves them open. */
async function openCalls({ round, calls }: Round): Promise<void> {
  for (let index = 0; index < calls; index += 1) {
    start(callSidOf(round, index));
    if (index % 1_000 === 999) await connection?.flush();
  }
  await connection?.flush();
}

const methods = { open, closedLoop, openLoop, withFunctions, openCalls };

export type LoadMethods = typeof methods;

expose(methods);
