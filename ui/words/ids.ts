/** Names inside ids. */

/** `drain` of `drain.call.draining.marked`; `effect` of an effect's wait. */
export function delayOf(timerId: string): string {
  const dot = timerId.indexOf('.');
  return dot < 0 ? timerId : timerId.slice(0, dot);
}
