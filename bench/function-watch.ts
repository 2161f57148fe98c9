/** When the end functions of a round began and ended, counted from the moment their calls let them. */
import type { NatsConnection } from '@nats-io/transport-node';
import { sharedNowMs } from './child.ts';

/** Of one function, each in ms after its call's settle window. */
export interface FunctionDelays {
  readonly startedMs: number[];
  readonly endedMs: number[];
}

/** What the functions of `bench/functions/healthy.ts` return. */
interface Told {
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Reads onhook's own messages from the log. Resolves once every function of `names` has ended for `calls` calls.
 */
export function watchFunctions(
  connection: NatsConnection,
  prefix: string,
  { names, calls }: { readonly names: readonly string[]; readonly calls: number },
): Promise<Map<string, FunctionDelays>> {
  const delays = new Map(names.map((name) => [name, { startedMs: [] as number[], endedMs: [] as number[] }]));
  const settledAt = new Map<string, number>();
  const depth = prefix.split('.').length;
  let left = names.length * calls;
  return new Promise((resolve) => {
    const subscription = connection.subscribe(`${prefix}.evt._onhook.>`, {
      callback: (_error, message) => {
        const tokens = message.subject.split('.').slice(depth + 2);
        const [callId = '', ...type] = tokens;
        if (type.join('.') === 'timer.fired') {
          const { timerId } = message.json<{ timerId: string }>();
          if (timerId.includes('settle')) settledAt.set(callId, sharedNowMs());
        }
        if (type.join('.') !== 'effect.settled') return;
        const told = message.json<{ outcome: { data?: { output?: Told } } }>().outcome.data?.output;
        const from = settledAt.get(callId);
        const of = told && delays.get(told.name);
        if (told === undefined || of === undefined || from === undefined) return;
        of.startedMs.push(told.startedAt - from);
        of.endedMs.push(told.endedAt - from);
        left -= 1;
        if (left > 0) return;
        subscription.unsubscribe();
        resolve(delays);
      },
    });
  });
}
