/**
 * What commands write: data on stdout, progress on stderr and only where somebody watches. Control
 * characters of foreign text never reach the terminal.
 */
import { paint } from './terminal.ts';

/** What `--json` and the terminal decide, for one run of the command. */
export interface Output {
  readonly json: boolean;
  /** JSON with `--json`, else the text. Both on stdout. */
  data(value: unknown, text: () => string): void;
  /** One line of a stream: compact JSON with `--json`, else the text. */
  line(value: unknown, text: () => string): void;
  /** On stderr, when that is a terminal. */
  progress(text: string): void;
}

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text of others as a terminal may show it: no escape sequences. */
export function plain(text: string): string {
  return text.replace(CONTROL, '');
}

/** `json`: whether programs read it; absent as a flag that was not given. */
export function createOutput(json = false): Output {
  return {
    json,
    data(value, text) {
      process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : ended(text()));
    },
    line(value, text) {
      process.stdout.write(json ? `${JSON.stringify(value)}\n` : ended(text()));
    },
    progress(text) {
      if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
    },
  };
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** Columns with two spaces between them, the head in bold on a terminal; the last one is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(plain));
  const widths = head.map((_title, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const [first = '', ...rest] = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [paint('bold', first), ...rest].join('\n');
}

/** 850 → `850 ms`, 12 345 → `12.3 s`, 125 000 → `2 m 5 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} m`;
}
