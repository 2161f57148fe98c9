/** The present, as the node's clock has it: a browser's own may be wrong by minutes. */
import { signal } from '@preact/signals';

/** Of countdowns and ages; a person reads no faster. */
const TICK_MS = 500;

let aheadMs = 0;

/** Now, in ms since the epoch by the node's clock; whoever reads it in a view is drawn again as it moves. */
export const now = signal(Date.now());

/** An answer said what time it is there. */
export function learnTime(nodeNow: number): void {
  aheadMs = nodeNow - Date.now();
}

setInterval(() => {
  if (!document.hidden) now.value = Date.now() + aheadMs;
}, TICK_MS);
