/** `--since`: how far back, as people say it. */
import { UsageError } from '../exit.ts';

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `30m`, `24h`, `7d`, `2w`, or an instant that `Date` reads; ms since the epoch. Throws `UsageError`. */
export function sinceOf(text: string, now: number): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (count !== '') return now - Number(count) * (UNITS_MS[unit] ?? 0);
  const at = Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new UsageError(`--since ${JSON.stringify(text)} is neither a span such as 24h or 7d, nor a date`);
}
