/**
 * Arrow keys in a virtual list: they lead from row to row, also to rows that are not in the page yet. The
 * row is scrolled into sight, and takes the focus once it is drawn.
 */

/** Rows that a key leads on; Home and End lead to the ends. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity,
};

/** From the first index 0; the last is `count - 1`. */
export interface Rows {
  readonly count: number;
  /** In CSS pixels. */
  readonly height: number;
}

/** Handles a key that was pressed on a link of a row. */
export function moveByKey(event: KeyboardEvent, scroller: HTMLElement, { count, height }: Rows): void {
  const step = STEPS[event.key];
  const row = event.target instanceof Element ? event.target.closest('[aria-rowindex]') : null;
  if (step === undefined || row === null || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const from = Number(row.getAttribute('aria-rowindex')) - 2;
  const to = Math.min(Math.max(0, from + step), count - 1);
  const top = to * height;
  const below = top + height - scroller.clientHeight;
  scroller.scrollTop = Math.min(Math.max(scroller.scrollTop, below), top);
  focusWhenDrawn(scroller, to + 2);
}

/** A scroll is drawn with one of the next frames. */
const FRAMES_MAX = 10;

function focusWhenDrawn(scroller: HTMLElement, rowIndex: number, frames = FRAMES_MAX): void {
  const link = scroller.querySelector<HTMLElement>(`[aria-rowindex="${rowIndex}"] a`);
  if (link !== null) link.focus({ preventScroll: true });
  else if (frames > 0) requestAnimationFrame(() => focusWhenDrawn(scroller, rowIndex, frames - 1));
}
