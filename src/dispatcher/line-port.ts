/** The port of the question which lines are up: what the supervisor asks, and carriers answer. */
import type { LegAddress } from '../carriers/carrier.ts';

/** A line that its carrier says is up. */
export interface LiveLine {
  readonly provider: string;
  /** The carrier's own name of it. */
  readonly id: string;
  readonly address: LegAddress;
}

/** Who can say what is up. */
export interface LineList {
  readonly provider: string;
  /**
   * Every line that is up now, a page of the carrier at a time; ends early when the carrier does not
   * answer, or refuses for good, which is told with its code. Never throws.
   */
  pages(onRefused: (code: string) => void): AsyncIterable<readonly LiveLine[]>;
}
