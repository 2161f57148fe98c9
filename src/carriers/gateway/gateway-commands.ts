/**
 * Sends one command to the gateway instance that holds a call: one core NATS request, one attempt.
 * Commands are in no stream, so a command nobody heard is simply gone; whoever decided it asks again
 * with the same effect id.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../../clock/clock.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import { commandSubject, isCallId, isGatewayName } from '../../contract/subjects.ts';
import { ReplyInbox } from '../../nats/reply-inbox.ts';
import { Turn } from '../../nats/turn.ts';
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
}

export interface GatewayCommands {
  /**
   * One attempt; never throws and may run twice (the gateway drops a repeated `effectId`).
   * Outcomes: `done` with the reply's fields as `data` (`acted: false, why: 'superseded'` is done,
   * yet never evidence), `refused` with the gateway's code, `no-responder`, `retry` with code
   * `unanswered` (it may have acted) or `disconnected` (says nothing about the gateway), `fatal` with code `invalid_address`.
   */
  send(address: CommandAddress, body: JsonObject, options: CommandOptions): Promise<Outcome>;
}

export interface GatewayCommandsOptions {
  readonly connection: NatsConnection;
  readonly clock: Clock;
  readonly prefix: string;
  /** Of the connection. Default `_INBOX`. */
  readonly inboxPrefix?: string;
}

const VERB = /^[a-z][a-z-]{0,31}$/;

/** Watches the connection's status so that an outage of ours is not read as a silent gateway. */
export function createGatewayCommands(options: GatewayCommandsOptions): GatewayCommands {
  const { connection, prefix } = options;
  let disconnects = 0;
  let connected = true;
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') [connected, disconnects] = [false, disconnects + 1];
      if (status.type === 'reconnect') connected = true;
    }
  })();

  const inbox = new ReplyInbox(connection, options.clock, new Turn(), options.inboxPrefix);
  return {
    async send(address, body, { timeoutMs }) {
      if (!fits(address)) return { result: 'fatal', code: 'invalid_address' };
      if (!connected || connection.isClosed()) return { result: 'retry', code: 'disconnected' };
      const subject = commandSubject(prefix, address.gateway, address.callId, address.verb);
      const before = disconnects;
      const reply = await inbox.request({ subject, data: JSON.stringify(body), timeoutMs });
      if (reply === 'no-responder') return { result: 'no-responder' };
      const failed = reply instanceof Error;
      if (!failed && reply !== 'unanswered') return classifyReply(reply);
      const lost = failed || disconnects !== before;
      return lost ? { result: 'retry', code: 'disconnected' } : { result: 'retry', code: 'unanswered' };
    },
  };
}

function fits({ gateway, callId, verb }: CommandAddress): boolean {
  return isGatewayName(gateway) && isCallId(callId) && VERB.test(verb);
}
