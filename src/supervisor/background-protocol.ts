/** What the loop and its background writer say to each other. */
import type { LegEntry } from '../contract/leg-entry.ts';

export interface BackgroundData {
  /** URL of a module that exports `OpenLog` of the renewal protocol as `openLog`. */
  readonly logModule: string;
  /** Handed to `openLog`; plain data. */
  readonly logOptions: unknown;
}

/** `facts` as the live feed's sink takes them, `legs` as JSON of keyed entries; empty: none. Texts are the cheapest to hand over. */
export type ToBackground = { readonly facts: string; readonly legs: string } | 'close';

/** A webhook about this leg was given up before. */
export interface FromBackground {
  readonly missed: LegEntry;
}
