/**
 * What passes between onhook and the process of an end function. A process does one thing at a time,
 * so messages need no ids.
 */
import type { JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { EndFunctionInput, EndFunctionManifest } from './end-function.ts';

export type ParentMessage =
  | { readonly kind: 'describe'; readonly module: string }
  | {
      readonly kind: 'run';
      readonly module: string;
      readonly name: string;
      readonly input: EndFunctionInput;
    }
  /** Aborts the signal of the attempt under way; its process is ended a moment later. */
  | { readonly kind: 'abort' };

export type ChildMessage =
  | { readonly kind: 'described'; readonly manifests: readonly EndFunctionManifest[] }
  | { readonly kind: 'undescribed'; readonly reason: string }
  /** The module is loaded, the function begins: its time runs from here. */
  | { readonly kind: 'started' }
  | { readonly kind: 'log'; readonly message: string; readonly fields?: JsonObject }
  /** What the sandbox did not send. */
  | { readonly kind: 'shown'; readonly shows: JsonObject }
  | { readonly kind: 'settled'; readonly outcome: Outcome };

/** Enough to debug with; a function that says more is heard up to here. */
export const LOG_LINES_MAX = 200;
/** Texts that leave the process, cut before secrets are taken out: twice what is kept afterwards. */
export const RAW_TEXT_MAX_CHARS = 8_192;
