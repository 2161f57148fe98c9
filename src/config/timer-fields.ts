/** The timers of the contract as settings: `timers.drainMs`, `ONHOOK_TIMERS_DRAIN_MS`. */
import { z } from 'zod';
import { TIMERS } from '../contract/timers.ts';
import type { TimerName } from '../contract/timers.ts';
import { fields } from './field.ts';

/** Node fires a longer timer at once. */
export const TIMER_MAX = 2 ** 31 - 1;

function timerField(name: TimerName) {
  const { defaultValue, kind, reason } = TIMERS[name];
  return z
    .number()
    .int()
    .min(0)
    .max(TIMER_MAX)
    .default(defaultValue)
    .register(fields, { description: `${kind}: ${reason}`, reason });
}

const names = Object.keys(TIMERS) as TimerName[];

export const timerFields = Object.fromEntries(names.map((name) => [name, timerField(name)])) as Record<
  TimerName,
  ReturnType<typeof timerField>
>;
