/**
 * What one would write by hand: consume, change the call, one KV put per step, act, ack. The same HTTP
 * requests and commands, a record at the end; no machine, no retries, no schemas, no recovery. Messages
 * of one call wait for each other, calls do not.
 */
import { jetstream, jetstreamManager, AckPolicy } from '@nats-io/jetstream';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { KV } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { Agent } from 'undici';
import { expose } from './child.ts';
import { profiler } from './profiler.ts';

/** As in the carrier's client of onhook. */
const CONNECTIONS_MAX = 64;
const COMMAND_TIMEOUT_MS = 2_000;

export interface BareOptions {
  readonly url: string;
  readonly prefix: string;
  readonly settleMs: number;
  readonly twilio: { readonly url: string; readonly account: string; readonly token: string };
}

interface Call {
  readonly callId: string;
  readonly gateway: string;
  readonly callSid: string;
  readonly timeline: { at: number; to: string }[];
  state: string;
  hangupStatus?: string;
}

class BareLoop {
  private readonly calls = new Map<string, Call>();
  private readonly turns = new Map<string, Promise<void>>();
  private readonly agent = new Agent({ connections: CONNECTIONS_MAX, keepAliveTimeout: 30_000 });
  private readonly options: BareOptions;
  private readonly connection: NatsConnection;
  private readonly client: JetStreamClient;
  private readonly bucket: KV;
  private readonly authorization: string;
  private readonly depth: number;

  constructor(options: BareOptions, connection: NatsConnection, client: JetStreamClient, bucket: KV) {
    this.options = options;
    this.connection = connection;
    this.client = client;
    this.bucket = bucket;
    const { account, token } = options.twilio;
    this.authorization = `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`;
    this.depth = options.prefix.split('.').length;
  }

  take(message: JsMsg): void {
    const [, gateway = '', callId = '', ...type] = message.subject.split('.').slice(this.depth);
    const before = this.turns.get(callId) ?? Promise.resolve();
    const turn = before
      .then(() => this.step(gateway, callId, type.join('.'), message))
      .then(() => message.ack());
    this.turns.set(callId, turn);
  }

  private async step(gateway: string, callId: string, type: string, message: JsMsg): Promise<void> {
    if (type === 'call.started') {
      const data = message.json<{ legs: { carrier: { callSid: string } } }>();
      const call: Call = { callId, gateway, callSid: data.legs.carrier.callSid, timeline: [], state: '' };
      this.calls.set(callId, call);
      return this.enter(call, 'active');
    }
    const call = this.calls.get(callId);
    if (call === undefined) return;
    if (type === 'end.requested') {
      await this.enter(call, 'draining');
      const name = `${callId}-1`;
      await Promise.all([this.command(call, 'end-accepted', {}), this.command(call, 'mark', { name })]);
    } else if (type === 'mark.echoed') {
      await this.enter(call, 'terminating');
      await Promise.all([this.hangUp(call), this.command(call, 'close', { reason: 'agent_end_call' })]);
      await this.enter(call, 'post-processing');
      setTimeout(() => void this.close(call), this.options.settleMs);
    }
  }

  private async enter(call: Call, state: string): Promise<void> {
    call.state = state;
    call.timeline.push({ at: Date.now(), to: state });
    await this.bucket.put(call.callId, JSON.stringify(call));
  }

  private async command({ gateway, callId }: Call, verb: string, body: object): Promise<void> {
    const subject = `${this.options.prefix}.cmd.${gateway}.${callId}.${verb}`;
    await this.connection.request(subject, JSON.stringify(body), { timeout: COMMAND_TIMEOUT_MS });
  }

  private async hangUp(call: Call): Promise<void> {
    const { url, account } = this.options.twilio;
    const { body } = await this.agent.request({
      origin: url,
      path: `/2010-04-01/Accounts/${account}/Calls/${call.callSid}.json`,
      method: 'POST',
      headers: { authorization: this.authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Status=completed',
    });
    call.hangupStatus = ((await body.json()) as { status: string }).status;
  }

  private async close(call: Call): Promise<void> {
    const { prefix } = this.options;
    await this.client.publish(`${prefix}.record.${call.callId}`, JSON.stringify(call));
    await this.enter(call, 'closed');
    this.calls.delete(call.callId);
    this.turns.delete(call.callId);
    this.connection.publish(`${prefix}.out.${call.callId}.call.closed`, '{}');
  }
}

async function start(options: BareOptions): Promise<void> {
  const connection = await connect({ servers: options.url });
  const manager = await jetstreamManager(connection);
  const { prefix } = options;
  await manager.streams.add({ name: 'BARE_LOG', subjects: [`${prefix}.evt.>`] });
  await manager.streams.add({ name: 'BARE_RECORDS', subjects: [`${prefix}.record.*`] });
  await manager.consumers.add('BARE_LOG', {
    durable_name: 'loop',
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: 20_000,
  });
  const client = jetstream(connection);
  const loop = new BareLoop(options, connection, client, await new Kvm(client).create('bare-calls'));
  const consumer = await client.consumers.get('BARE_LOG', 'loop');
  await consumer.consume({ max_messages: 2_000, callback: (message) => loop.take(message) });
}

const methods = { start, ...profiler };

export type BareMethods = typeof methods;

expose(methods);
