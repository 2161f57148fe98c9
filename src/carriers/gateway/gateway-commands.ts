/**
 * Sends one command to the gateway instance that holds a call: one core NATS request, one attempt.
 * Commands are in no stream, so a command nobody heard is simply gone; whoever decided it asks again
 * with the same effect id.
 */
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import { RequestError, TimeoutError } from '@nats-io/transport-node';
import type { JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { commandSubject, isCallId, isGatewayName } from '../../contract/subjects.ts';
import { classifyReply } from './reply.ts';

export interface CommandAddress {
  /** The fleet, as in the subject of its events. */
  readonly gateway: string;
  readonly callId: string;
  /** `mark`, `clear`, `say`, `farewell`, `close`, `ping`, … */
  readonly verb: string;
}

export interface CommandOptions {
  /** At most this long for the answer, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface GatewayCommands {
  /**
   * One attempt; never throws and may run twice (the gateway drops a repeated `effectId`).
   * Outcomes: `done` with the reply's fields as `data` (`acted: false, why: 'superseded'` is done,
   * yet never evidence), `refused` with the gateway's code, `no-responder`, `retry` with code
   * `unanswered` (it may have acted), `disconnected` (says nothing about the gateway) or `aborted`,
   * `fatal` with code `invalid_address`.
   */
  send(address: CommandAddress, body: JsonObject, options: CommandOptions): Promise<Outcome>;
}

export interface GatewayCommandsOptions {
  readonly connection: NatsConnection;
  readonly prefix: string;
}

const VERB = /^[a-z][a-z-]{0,31}$/;

/** Watches the connection's status so that an outage of ours is not read as a silent gateway. */
export function createGatewayCommands({ connection, prefix }: GatewayCommandsOptions): GatewayCommands {
  let disconnects = 0;
  let connected = true;
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') [connected, disconnects] = [false, disconnects + 1];
      if (status.type === 'reconnect') connected = true;
    }
  })();

  return {
    async send(address, body, { timeoutMs, signal }) {
      if (!fits(address)) return { result: 'fatal', code: 'invalid_address' };
      if (signal.aborted) return { result: 'retry', code: 'aborted' };
      if (!connected || connection.isClosed()) return { result: 'retry', code: 'disconnected' };
      const subject = commandSubject(prefix, address.gateway, address.callId, address.verb);
      const before = disconnects;
      try {
        const request = connection.request(subject, JSON.stringify(body), { timeout: timeoutMs });
        return classifyReply(await abortable(request, signal));
      } catch (error) {
        if (signal.aborted) return { result: 'retry', code: 'aborted' };
        return classifyFailure(error, disconnects !== before);
      }
    },
  };
}

function fits({ gateway, callId, verb }: CommandAddress): boolean {
  return isGatewayName(gateway) && isCallId(callId) && VERB.test(verb);
}

function classifyFailure(error: unknown, lostConnection: boolean): Outcome {
  if (error instanceof RequestError && error.isNoResponders()) return { result: 'no-responder' };
  if (lostConnection || !(error instanceof TimeoutError)) return { result: 'retry', code: 'disconnected' };
  return { result: 'retry', code: 'unanswered' };
}

/** The client cannot withdraw a request; its late answer is dropped. */
function abortable(request: Promise<Msg>, signal: AbortSignal): Promise<Msg> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    request.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
