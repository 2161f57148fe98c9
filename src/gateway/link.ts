/**
 * The connection to NATS, which may not be there yet and may go away at any time. The client keeps
 * running: events wait in the outbox, and command subscriptions are made when a connection exists
 * (the NATS client renews them itself after a reconnect).
 */
import { connect, PermissionViolationError } from '@nats-io/transport-node';
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
  private closed = false;
  private readonly waiting = new Set<() => void>();
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

  /** Subscribes now or as soon as there is a connection; returns how to stop. */
  subscribe(subject: string, onMessage: (message: Msg) => void): () => void {
    let subscription: Subscription | undefined;
    let wanted = true;
    void this.ready().then((connection) => {
      if (!wanted || connection === undefined || connection.isClosed()) return;
      subscription = connection.subscribe(subject, {
        callback: (error, message) => (error === null ? onMessage(message) : this.refused(error)),
      });
      this.subscriptions.add(subscription);
    });
    return () => {
      wanted = false;
      if (subscription !== undefined) this.unsubscribe(subscription);
    };
  }

  /** Stops every subscription; the connection itself stays as it is and is handed back. */
  close(): NatsConnection | undefined {
    for (const subscription of this.subscriptions) this.unsubscribe(subscription);
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

  private refused(error: Error): void {
    if (!(error instanceof PermissionViolationError)) return;
    this.onProblem({ code: 'permission_refused', subject: error.subject, cause: error });
  }

  private set(up: boolean): void {
    this.up = up && !this.closed;
    for (const wake of [...this.waiting]) {
      this.waiting.delete(wake);
      wake();
    }
  }
}

/**
 * Dials and never gives up. Resolves when connected or after `firstConnectMs`, whichever is first:
 * a gateway that starts during an outage still takes its calls. Rejects on a refused login.
 */
export async function dial(
  link: Link,
  options: NodeConnectionOptions,
  clock: Clock,
  firstConnectMs: number,
): Promise<void> {
  const connecting = connect({
    pingInterval: PING_MS,
    maxPingOut: PINGS_MISSED_MAX,
    reconnectTimeWait: RECONNECT_MS,
    ...options,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
  }).then((connection) => link.use(connection));
  await new Promise<void>((resolve, reject) => {
    const timer = clock.after(firstConnectMs, resolve);
    connecting.then(resolve, reject).finally(() => timer.cancel());
  });
}
