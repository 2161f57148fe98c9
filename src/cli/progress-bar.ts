/** One line on stderr that moves, where somebody watches; nothing elsewhere. */
import { canRedraw } from './terminal.ts';

const WIDTH = 30;
/** Ten times a second is as fast as an eye reads. */
const REDRAW_MS = 100;
/** Of a terminal that does not say. */
const COLUMNS = 80;

export interface ProgressBar {
  /** How much of the whole is done, and in words what. */
  show(done: number, words: string): void;
  /** Takes the line away. */
  end(): void;
}

/** `total` is the whole bar. */
export function progressBar(
  total: number,
  out: NodeJS.WriteStream = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): ProgressBar {
  let drawnAt = -Infinity;
  if (!canRedraw(out, env)) return { show: () => undefined, end: () => undefined };
  return {
    show(done, words) {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS && done < total) return;
      drawnAt = now;
      const full = total === 0 ? WIDTH : Math.round((done / total) * WIDTH);
      const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
      // A line that wraps could not be drawn again.
      out.write(`\r\x1b[K${`${bar} ${words}`.slice(0, (out.columns || COLUMNS) - 1)}`);
    },
    end: () => void out.write('\r\x1b[K'),
  };
}
