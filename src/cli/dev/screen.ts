/**
 * Shows a story: on a terminal a table that is drawn again in place, with other lines above it;
 * elsewhere one line per change.
 */
import { duration, plain } from '../output.ts';
import { canRedraw } from '../terminal.ts';
import type { Chapter, Story } from './story.ts';

export interface Screen {
  /** Draws the table, or says what changed. */
  show(story: Story): void;
  /** A line that stays. */
  say(text: string): void;
  /** Leaves the table as it is. */
  end(): void;
}

const STATES = ['active', 'farewell-speaking', 'draining', 'terminating', 'post-processing', 'closed'];
const TITLE_WIDTH = 42;
/** Of a terminal that does not say. */
const COLUMNS = 120;

function bar(state: string): string {
  const reached = STATES.indexOf(state) + 1;
  return '●'.repeat(reached) + '○'.repeat(STATES.length - reached);
}

function rowOf({ call, state, cause, startedAt, changedAt }: Chapter): string {
  const age = startedAt === undefined || changedAt === undefined ? '' : duration(changedAt - startedAt);
  const title = call.title.slice(0, TITLE_WIDTH).padEnd(TITLE_WIDTH);
  return plain(`  ${bar(state)}  ${title}  ${state.padEnd(17)}  ${age.padStart(7)}  ${cause}`);
}

/** `columns` of the terminal: a wrapped row would spoil the table. */
function terminalScreen(out: NodeJS.WriteStream): Screen {
  let drawn: readonly string[] = [];
  const erase = (): void => {
    if (drawn.length > 0) out.write(`\x1b[${drawn.length}A\x1b[0J`);
  };
  const draw = (rows: readonly string[]): void => {
    drawn = rows.map((row) => row.slice(0, (out.columns || COLUMNS) - 1));
    if (drawn.length > 0) out.write(`${drawn.join('\n')}\n`);
  };
  return {
    show: (story) => {
      erase();
      draw([...story.values()].map(rowOf));
    },
    say: (text) => {
      const rows = drawn;
      erase();
      out.write(`${text}\n`);
      draw(rows);
    },
    end: () => (drawn = []),
  };
}

function plainScreen(out: NodeJS.WriteStream): Screen {
  const states = new Map<string, string>();
  return {
    show: (story) => {
      for (const [callId, chapter] of story) {
        if (chapter.state === 'waiting' || states.get(callId) === chapter.state) continue;
        states.set(callId, chapter.state);
        out.write(`${rowOf(chapter)}\n`);
      }
    },
    say: (text) => void out.write(`${text}\n`),
    end: () => undefined,
  };
}

/** `json`: nothing of this; whoever wants JSON gets facts instead. */
export function createScreen(out: NodeJS.WriteStream, json: boolean): Screen {
  if (json) return { show: () => undefined, say: () => undefined, end: () => undefined };
  return canRedraw(out) ? terminalScreen(out) : plainScreen(out);
}
