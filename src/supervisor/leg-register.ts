/** Which call a leg belongs to, so that webhooks find it: what messages say of it, beside the hot path. */
import type { LegEntry } from '../contract/leg-entry.ts';
import { learnedEntries, legEntries } from '../contract/leg-entry.ts';
import type { Message } from '../contract/message.ts';
import type { LegSink } from './leg-writer.ts';

/** What is known of an open call. */
interface KnownLegs {
  readonly gateway: string;
  readonly legs: Readonly<Record<string, { readonly address: object }>>;
}

/** Of one node: told of every message of its partitions, it writes what webhooks look up. Best effort. */
export class LegRegister {
  private readonly sink: LegSink;

  constructor(sink: LegSink) {
    this.sink = sink;
  }

  /** A webhook about this leg was given up before: its line is to be asked for. */
  set onMissed(told: (entry: LegEntry) => void) {
    this.sink.onMissed = told;
  }

  /**
   * For every message that an owner read, with its verdict; `stateOf` tells of the call as it is then.
   * Never throws, never waits.
   */
  onInput(
    verdict: string,
    message: Message | undefined,
    stateOf: (callId: string) => KnownLegs | undefined,
  ): void {
    if (message === undefined || (verdict !== 'applied' && verdict !== 'held')) return;
    const entries = legEntries(message);
    if (message.type === 'effect.settled') {
      const known = stateOf(message.callId);
      if (known !== undefined) entries.push(...learnedEntries(message, known));
    }
    if (entries.length > 0) this.sink.write(entries);
  }
}
