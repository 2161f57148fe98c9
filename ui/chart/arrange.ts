/** Where the panels of a statechart stand, and how an arrow bends: the same on the page and in a file. */
import type { Panel, Point } from './layout.ts';

/** Of the whole drawing. */
export const WIDTH = 1180;
/** Between the frame of a panel and what it holds. */
export const INSET = 14;
/** Height of a panel's title. */
export const TITLE = 30;
const GAP = 10;

/** A panel, open or folded to its title, with its place in the drawing. */
export interface Placed {
  readonly panel: Panel;
  readonly open: boolean;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** One below the other, and two that are narrow side by side. */
export function arrange(panels: readonly Panel[], isOpen: (path: string) => boolean): Placed[] {
  const half = (WIDTH - GAP) / 2;
  const placed: Placed[] = [];
  let top = 0;
  for (let index = 0; index < panels.length; index += 1) {
    const row = panels.slice(index, index + 2);
    const together = row.length === 2 && row.every(({ width }) => width + 2 * INSET <= half);
    const shown = together ? row : row.slice(0, 1);
    const heights = shown.map(({ path, lanes, height }) =>
      isOpen(path) && lanes.length > 0 ? TITLE + height + INSET : TITLE,
    );
    const height = Math.max(...heights);
    shown.forEach((panel, column) =>
      placed.push({
        panel,
        open: isOpen(panel.path),
        left: column * (half + GAP),
        top,
        width: together ? half : WIDTH,
        height,
      }),
    );
    top += height + GAP;
    if (together) index += 1;
  }
  return placed;
}

/** Through the points, rounded at each. */
export function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const last = rest.at(-1) ?? first;
  const middle = rest.slice(0, -1);
  const parts = middle.map((point, index) => {
    const next = middle[index + 1] ?? last;
    const end = index === middle.length - 1 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${point.x} ${point.y} ${end.x} ${end.y}`;
  });
  return `M${first.x} ${first.y}${parts.length === 0 ? `L${last.x} ${last.y}` : parts.join('')}`;
}
