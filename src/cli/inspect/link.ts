/**
 * The connection to an inspector. What cannot be sent now is dropped and never kept, since whoever
 * connects again is told the present states. Replaces the adapter of `@statelyai/inspect`, which keeps
 * trying after its stop and does not come back after a close.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Clock, TimerHandle } from '../../clock/clock.ts';

/** An inspector that is restarted is back within this. */
const RETRY_MS = 1_000;
/** Last messages reach a listener on this machine well within this. */
const CLOSE_MAX_MS = 1_000;
/** An inspector that reads slower than calls move must not cost memory. */
const BEHIND_MAX_BYTES = 8 * 1024 * 1024;

export interface LinkOptions {
  readonly url: string;
  readonly clock: Clock;
  /** After each connection. */
  readonly onOpen: () => void;
  /** The inspector cannot be reached, or went away. Once per absence. */
  readonly onAbsent: () => void;
}

export class InspectorLink {
  private readonly options: LinkOptions;
  private socket: WebSocket;
  private retry: TimerHandle | undefined;
  private absent = false;
  private ended = false;

  constructor(options: LinkOptions) {
    this.options = options;
    this.socket = this.connect();
  }

  /** Dropped unless somebody listens and keeps up. */
  send(message: unknown): void {
    const { socket } = this;
    if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > BEHIND_MAX_BYTES) return;
    socket.send(JSON.stringify(message));
  }

  /** What was sent still goes out, within a bound. May run twice. */
  async close(): Promise<void> {
    this.ended = true;
    this.retry?.cancel();
    const { socket } = this;
    if (socket.readyState === WebSocket.CLOSED) return;
    const closed = once(socket, 'close');
    socket.close();
    const limit = this.options.clock.after(CLOSE_MAX_MS, () => socket.terminate());
    await closed;
    limit.cancel();
  }

  private connect(): WebSocket {
    const socket = new WebSocket(this.options.url);
    socket.on('open', () => {
      this.absent = false;
      this.options.onOpen();
    });
    // `close` follows every error.
    socket.on('error', () => undefined);
    socket.on('close', () => this.lost());
    return socket;
  }

  private lost(): void {
    if (this.ended) return;
    if (!this.absent) this.options.onAbsent();
    this.absent = true;
    this.retry = this.options.clock.after(RETRY_MS, () => (this.socket = this.connect()));
  }
}
