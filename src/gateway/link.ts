/**
 * The connection to NATS, which may not be there yet and may go away at any time. The client keeps
 * running: events wait in the outbox, and command subscriptions are made when a connection exists
 * (the NATS client renews them itself after a reconnect).
 */
import {
  AuthorizationError,
  connect,
  ConnectionError,
  PermissionViolationError,
} from '@nats-io/transport-node';
import type { Msg, NatsConnection, NodeConnectionOptions, Subscription } from '@nats-io/transport-node';
import type { Clock } from '../clock/clock.ts';
import type { OnProblem } from './errors.ts';

/** NATS's own default notices a dead connection after 4 min; this one after 10 s at most. */
const PING_MS = 5_000;
const PINGS_MISSED_MAX = 2;

/** Pause between two attempts to reach NATS. */
const RECONNECT_MS = 500;

export class Link {
  private connection: NatsConnection | undefined;
  private up = false;
  closed = false;
  private readonly waiting = new Set<() => void>();
  private readonly losing = new Set<() => void>();
  private readonly subscriptions = new Set<Subscription>();
  private readonly onProblem: OnProblem;

  constructor(onProblem: OnProblem) {
    this.onProblem = onProblem;
  }

  get connected(): boolean {
    return this.up;
  }

  use(connection: NatsConnection): void {
    if (this.closed) return void connection.close();
    this.connection = connection;
    this.set(!connection.isClosed());
    void this.watch(connection);
  }

  /** Resolves with the connection once it is up, or undefined once the link is closed. */
  async ready(): Promise<NatsConnection | undefined> {
    while (!this.closed && !this.up) await new Promise<void>((resolve) => this.waiting.add(resolve));
    return this.closed ? undefined : this.connection;
  }

  /** As `work`, but rejects at once when the connection goes: its answer would never come. */
  whileUp<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = (): void => reject(new ConnectionError('connection lost'));
      this.losing.add(lost);
      work.then(resolve, reject).finally(() => this.losing.delete(lost));
    });
  }

  /** Subscribes now or as soon as there is a connection; returns how to stop. */
  subscribe(subject: string, onMessage: (message: Msg) => void): () => void {
    let subscription: Subscription | undefined;
    let wanted = true;
    const open = async (): Promise<void> => {
      const connection = await this.ready();
      if (!wanted || connection === undefined || connection.isClosed()) return;
      subscription = connection.subscribe(subject, {
        callback: (error, message) => (error === null ? onMessage(message) : this.refused(error)),
      });
      this.subscriptions.add(subscription);
    };
    void open();
    return () => {
      wanted = false;
      if (subscription !== undefined) this.unsubscribe(subscription);
    };
  }

  /**
   * Stops every subscription and waits until the server knows it, so that the next command meets no
   * responder instead of silence. The connection itself stays as it is and is handed back.
   */
  async close(): Promise<NatsConnection | undefined> {
    for (const subscription of this.subscriptions) this.unsubscribe(subscription);
    if (this.up && this.connection !== undefined) {
      await this.whileUp(this.connection.flush()).catch(() => undefined);
    }
    this.closed = true;
    this.set(false);
    return this.connection;
  }

  private unsubscribe(subscription: Subscription): void {
    this.subscriptions.delete(subscription);
    if (this.connection?.isClosed() === false) subscription.unsubscribe();
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect' || status.type === 'close') this.set(false);
      if (status.type === 'reconnect') this.set(true);
      if (status.type === 'error') this.refused(status.error);
    }
    this.set(false);
  }

  /** Reports what NATS does not allow; other errors of a connection are not news. */
  refused(cause: Error): void {
    if (cause instanceof PermissionViolationError) {
      this.onProblem({ code: 'permission_refused', subject: cause.subject, cause });
    }
    if (cause instanceof AuthorizationError) this.onProblem({ code: 'permission_refused', cause });
  }

  private set(up: boolean): void {
    this.up = up && !this.closed;
    if (!this.up) for (const lost of this.losing) lost();
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}

/**
 * Dials until it is connected or the link is closed. Resolves when connected or after
 * `firstConnectMs`, whichever is first: a gateway that starts during an outage still takes its calls.
 * Rejects when NATS refuses the login within that time; later that is reported and dialling ends.
 */
export async function dial(
  link: Link,
  options: NodeConnectionOptions,
  clock: Clock,
  firstConnectMs: number,
): Promise<void> {
  const dialling = keepDialling(link, options, clock);
  await new Promise<void>((resolve, reject) => {
    const timer = clock.after(firstConnectMs, resolve);
    dialling.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** A loop of ours, because the client's own first attempts cannot be called off. */
async function keepDialling(link: Link, options: NodeConnectionOptions, clock: Clock): Promise<void> {
  const wanted = { pingInterval: PING_MS, maxPingOut: PINGS_MISSED_MAX, reconnectTimeWait: RECONNECT_MS };
  while (!link.closed) {
    try {
      return link.use(await connect({ ...wanted, ...options, maxReconnectAttempts: -1 }));
    } catch (error) {
      if (error instanceof AuthorizationError) {
        link.refused(error);
        throw error;
      }
    }
    await new Promise<void>((resolve) => clock.after(RECONNECT_MS, resolve));
  }
}
