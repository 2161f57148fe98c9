/** All randomness of a simulation: one seed, one stream of numbers, the same on every machine. */

/** A seeded source of numbers. Not for secrets. */
export class Random {
  private state: number;

  /** The same seed gives the same numbers. */
  constructor(seed: number) {
    this.state = (seed * 2_654_435_761 + 0x9e3779b9) >>> 0;
  }

  /** 0 … 1, below 1 (mulberry32: 32 bits, enough for choices). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** True with this probability, 0 … 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** From `min` to below `max`, fractions kept. */
  between(min: number, max: number): number {
    return min + (max - min) * this.next();
  }

  /** One of the values, all equally likely. The list must not be empty. */
  pick<T>(values: readonly [T, ...T[]]): T {
    return values[Math.floor(this.next() * values.length)] ?? values[0];
  }
}
