/**
 * The last events of the live feed, numbered. Every watcher reads from the ring at its own pace, so a
 * slow one costs no memory: it falls out of the ring and is told so.
 */
import { randomBytes } from 'node:crypto';
import type { ViewEvent } from '../supervisor/view.ts';

/** A busy node says about a hundred a second: ten seconds for a page to come back. */
const RING_MAX = 1_000;

/** An event with its place. */
export interface Numbered {
  readonly id: string;
  readonly number: number;
  readonly event: ViewEvent;
}

/** Bounded by {@link RING_MAX}. Pushing never waits for a watcher. */
export class EventRing {
  /** Of this life of the process: numbers of another one mean nothing here. */
  private life = newLife();
  private ring: Numbered[] = [];
  private readonly waiting = new Set<() => void>();
  private last = 0;
  private ended = false;

  push(event: ViewEvent): void {
    this.last += 1;
    this.ring.push({ id: this.idOf(this.last), number: this.last, event });
    if (this.ring.length > RING_MAX) this.ring.shift();
    this.wake();
  }

  /** What came is no longer known to be complete: whoever asks for events after an id is told so. */
  forget(): void {
    this.life = newLife();
    this.ring = [];
  }

  get isClosed(): boolean {
    return this.ended;
  }

  close(): void {
    this.ended = true;
    this.wake();
  }

  /** Where a watcher begins: after the id it names, now without one, undefined when the id is not ours. */
  placeOf(lastId: string | undefined): number | undefined {
    if (lastId === undefined || lastId === '') return this.last;
    const [life, number] = lastId.split('-');
    const place = Number(number);
    return life === this.life && Number.isSafeInteger(place) && place <= this.last ? place : undefined;
  }

  /** Id of the newest event. */
  get lastId(): string {
    return this.idOf(this.last);
  }

  get lastNumber(): number {
    return this.last;
  }

  /** What came after a place; undefined when some of it is no longer here. */
  after(place: number): readonly Numbered[] | undefined {
    const oldest = this.ring[0]?.number ?? this.last + 1;
    if (place + 1 < oldest) return undefined;
    return this.ring.slice(place + 1 - oldest);
  }

  /** Calls once, at the next event or when the ring closes. Returns the way not to be called. */
  onNext(run: () => void): () => void {
    this.waiting.add(run);
    return () => void this.waiting.delete(run);
  }

  private idOf(number: number): string {
    return `${this.life}-${number}`;
  }

  private wake(): void {
    const woken = [...this.waiting];
    this.waiting.clear();
    for (const run of woken) run();
  }
}

function newLife(): string {
  return randomBytes(6).toString('hex');
}
