/** Makes the messages of one owner's life: epoch, nonce and an id that counts within it (log rule 18). */
import type { OwnCallEvents } from '../contract/own-events.ts';
import { ownMessage, partitionMessage } from '../contract/own-events.ts';
import type { OutgoingMessage } from '../log/log.ts';

/** A message with the id under which it is read back. */
export interface OwnMessage {
  readonly id: string;
  readonly message: OutgoingMessage;
}

export interface OwnerLife {
  readonly partition: number;
  /** Sequence of the claim. */
  readonly epoch: number;
  /** Random, of this life only. */
  readonly nonce: string;
}

export class OwnMessages {
  private readonly log: { readonly prefix: string; readonly partitions: number };
  private readonly life: OwnerLife;
  private made = 0;

  constructor(log: { readonly prefix: string; readonly partitions: number }, life: OwnerLife) {
    this.log = log;
    this.life = life;
  }

  /** About a call. Epoch and nonce are added. */
  ofCall<T extends keyof OwnCallEvents>(
    callId: string,
    type: T,
    data: Omit<OwnCallEvents[T], 'epoch' | 'nonce'>,
  ): OwnMessage {
    const id = this.nextId();
    const { epoch, nonce } = this.life;
    const full = Object.assign({}, data, { epoch, nonce }) as unknown as OwnCallEvents[T];
    return { id, message: ownMessage(this.log.prefix, callId, type, id, full) };
  }

  /** `log.restored` of the partition. */
  restored(): OwnMessage {
    const id = this.nextId();
    const place = { partition: this.life.partition, partitions: this.log.partitions };
    const data = { epoch: this.life.epoch };
    return { id, message: partitionMessage(this.log.prefix, place, 'log.restored', id, data) };
  }

  private nextId(): string {
    this.made += 1;
    return `${this.life.nonce}-${this.made}`;
  }
}
