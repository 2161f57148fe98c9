/** One line on stderr that moves, where somebody watches; nothing elsewhere. */
import type { LoadProgress } from './load.ts';

const WIDTH = 30;
/** Ten times a second is as fast as an eye reads. */
const REDRAW_MS = 100;

export interface ProgressBar {
  readonly show: (progress: LoadProgress) => void;
  readonly end: () => void;
}

/** `total` calls are the whole bar. */
export function progressBar(total: number): ProgressBar {
  let drawnAt = -Infinity;
  const draw = ({ started, closed }: LoadProgress): void => {
    const full = Math.round((closed / total) * WIDTH);
    const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
    process.stderr.write(`\r${bar} ${closed}/${total} closed, ${started} started`);
  };
  if (!process.stderr.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show: (progress) => {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS && progress.closed < total) return;
      drawnAt = now;
      draw(progress);
    },
    end: () => void process.stderr.write('\n'),
  };
}
