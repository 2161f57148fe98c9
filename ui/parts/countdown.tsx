/** Time until an instant, and time since one: each redraws itself as the clock moves. */
import { now } from '../clock.ts';
import { age, countdown } from '../format.ts';

/** Soon: a person should look. */
const SOON_MS = 5_000;

export function Countdown({ dueAt }: { readonly dueAt: number }) {
  const left = dueAt - now.value;
  return <b class={`countdown ${left < SOON_MS ? 'soon' : ''}`}>{left <= 0 ? 'now' : countdown(left)}</b>;
}

export function Age({ since }: { readonly since: number }) {
  return <>{age(now.value - since)}</>;
}
