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
  /**
   * Every line that is up now, a page of the carrier at a time; ends early when the carrier refuses or
   * does not answer. Never throws.
   */
  pages(): AsyncIterable<readonly LiveLine[]>;
}
