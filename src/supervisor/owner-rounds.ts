/**
 * What an owner does again and again beside its messages: watches for a log that is away, gives up what
 * was held too long, asks about own messages that did not come back, and checkpoints.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { World } from '../actors/call-state.ts';
import type { JsonObject } from '../contract/json.ts';
import type { CallTable } from './call-table.ts';
import { PartitionLost } from './errors.ts';
import type { OwnerCheckpoints } from './owner-checkpoints.ts';
import type { OwnerEffects } from './owner-effects.ts';

export interface OwnerRoundsOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  /** Without progress of the reader for so long the log is away (log rule 40). */
  readonly logGraceMs: number;
  readonly table: CallTable;
  readonly effects: OwnerEffects;
  readonly checkpoints: OwnerCheckpoints;
  readonly world: () => World;
  /** Of the last message that was read: when, by the monotonic clock, and its timestamp. */
  readonly lastRead: () => { readonly at: number; readonly timestampMs: number };
  readonly onLost: (error: Error) => void;
  /** `checkpoint_failing`, once in a row of failures. */
  readonly onAlarm: (code: string, data: JsonObject) => void;
}

/** In a row: about ten seconds at the default interval. */
const FAILURES_TOLD = 10;

export class OwnerRounds {
  private readonly options: OwnerRoundsOptions;
  private timer: TimerHandle | undefined;
  /** Of the checkpoint, in a row. */
  private failures = 0;

  /** The first round is one interval from now. */
  constructor(options: OwnerRoundsOptions) {
    this.options = options;
    this.schedule();
  }

  /** Idempotent. */
  stop(): void {
    this.timer?.cancel();
  }

  private schedule(): void {
    this.timer = this.options.clock.after(this.options.everyMs, () => this.round());
  }

  private round(): void {
    const { table, effects, checkpoints, lastRead, onLost } = this.options;
    this.schedule();
    // Before the effects are on too: they wait for our own `log.restored`, which may have been dropped.
    void effects.unconfirmed.check();
    if (!effects.isOn) return;
    this.watchLog();
    table.held.expire(lastRead().timestampMs);
    effects.resume(() => table.calls.values());
    checkpoints.commitIfDue().then(
      () => (this.failures = 0),
      (error: unknown) => (error instanceof PartitionLost ? onLost(error) : this.noteFailure(error)),
    );
  }

  /** A log that is away for seconds is no news; a checkpoint that cannot be written makes recovery long. */
  private noteFailure(error: unknown): void {
    this.failures += 1;
    if (this.failures !== FAILURES_TOLD) return;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal';
    this.options.onAlarm('checkpoint_failing', { failures: this.failures, code });
  }

  /** Log rule 40: renewals come every third of a TTL, so a reader without progress misses them too. */
  private watchLog(): void {
    const { clock, logGraceMs, table, effects, world, lastRead } = this.options;
    const { emergency, logTime } = effects;
    const now = logTime.now();
    if (clock.monotonic() - lastRead().at <= logGraceMs) emergency.end();
    else if (now !== undefined) emergency.run(table.calls.values(), world(), now);
  }
}
