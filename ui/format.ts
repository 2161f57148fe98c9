/** Numbers as people read them. */

/** `4.2 s`, `38 s`, `4 min 10 s`, `3 h 55 min`. */
export function span(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 1) return `${Math.max(0, Math.round(ms))} ms`;
  if (s < 10) return `${Number(s.toFixed(1))} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return both(Math.floor(s / 60), 'min', Math.floor(s % 60), 's');
  return both(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
}

function both(large: number, unit: string, small: number, rest: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${rest}`;
}

/** `0 s`, `38 s`, `4 min`, `3 h 55 min`: how old something is, at a glance. */
export function age(ms: number): string {
  if (ms < 60_000) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  return span(Math.floor(ms / 60_000) * 60_000);
}

/** Whole seconds, for what changes while one looks. */
export function countdown(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')} min`;
  return `${Math.floor(s / 3600)}:${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} h`;
}

const TIME = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export function timeOfDay(at: number): string {
  return TIME.format(at);
}

export function dayAndTime(at: number): string {
  return `${DAY.format(at)}, ${TIME.format(at)}`;
}

/** `+12.3 s` since the call's start; `−0.4 s` for what was held until it started. */
export function offset(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  const length = Math.abs(ms);
  return sign + (length < 60_000 ? `${(length / 1000).toFixed(1)} s` : span(length));
}

const COUNT = new Intl.NumberFormat();

/** `10,000` */
export function number(count: number): string {
  return COUNT.format(count);
}

/** `1 call`, `6 calls`. */
export function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `agent_end_call` → `agent end call`. */
export function spaced(word: string): string {
  return word.replaceAll('_', ' ');
}

/** `CA0f3c…91ab`: enough to tell two apart, all of it in the title. */
export function shortId(id: string): string {
  return id.length <= 18 ? id : `${id.slice(0, 8)}…${id.slice(-5)}`;
}
