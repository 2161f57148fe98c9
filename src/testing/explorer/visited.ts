/** A set of 64-bit fingerprints, each with its number, in typed arrays: about 20 bytes for each. */
import type { Fingerprint } from './fingerprint.ts';

const FIRST_SIZE = 1 << 12;
/** Open addressing stays short below this filling. */
const FILLED_MAX = 0.6;

/** Numbers from 0 in the order of adding. */
export class Visited {
  private slots = new Int32Array(FIRST_SIZE).fill(-1);
  private high = new Uint32Array(FIRST_SIZE);
  private low = new Uint32Array(FIRST_SIZE);
  private count = 0;

  /** Fingerprints added. */
  get size(): number {
    return this.count;
  }

  /** Its number if it is known, else undefined. */
  find(print: Fingerprint): number | undefined {
    const number = this.slots[this.slotOf(print)] ?? -1;
    return number < 0 ? undefined : number;
  }

  /** True when it was new; it then has the number `size - 1`. */
  add(print: Fingerprint): boolean {
    const slot = this.slotOf(print);
    if ((this.slots[slot] ?? -1) >= 0) return false;
    if (this.count === this.high.length) this.lengthen();
    this.high[this.count] = print.high;
    this.low[this.count] = print.low;
    this.slots[slot] = this.count;
    this.count += 1;
    if (this.count > this.slots.length * FILLED_MAX) this.rehash();
    return true;
  }

  private slotOf({ high, low }: Fingerprint): number {
    const mask = this.slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const number = this.slots[slot] ?? -1;
      if (number < 0 || (this.high[number] === high && this.low[number] === low)) return slot;
    }
  }

  private lengthen(): void {
    const { high, low } = this;
    this.high = new Uint32Array(2 * high.length);
    this.low = new Uint32Array(2 * low.length);
    this.high.set(high);
    this.low.set(low);
  }

  private rehash(): void {
    this.slots = new Int32Array(2 * this.slots.length).fill(-1);
    for (let number = 0; number < this.count; number += 1) {
      const print = { high: this.high[number] ?? 0, low: this.low[number] ?? 0 };
      this.slots[this.slotOf(print)] = number;
    }
  }
}
