/**
 * Words and values that a gateway sends about a call that is closed and forgotten (field rule 54). What
 * comes within a second is told together: one message of ours that brings the call's record, so that the
 * fold makes one more version of it.
 */
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Message } from '../contract/message.ts';
import { ownMessage } from '../contract/own-events.ts';
import type { LateFactsTold, Revival } from '../contract/own-events.ts';
import { PRINCIPALS, recordSubject } from '../contract/subjects.ts';
import { INCARNATION_HEADER } from '../contract/record-headers.ts';
import type { Log } from '../log/log.ts';

export interface LateFactsOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly newId: () => string;
  /** They could not be told: the log was away. Must not throw. */
  readonly onLost: (callId: string) => void;
}

const LATE: ReadonlySet<string> = new Set(['transcript.appended', 'state.patched']);
/** Speech recognition sends its last words together. */
const GATHER_MS = 1_000;
/** Of one message of ours; beyond it a record could not hold them anyway. */
const FACTS_MAX = 64;
/** Calls with facts at once; more would be an attack or a defect of a gateway. */
const CALLS_MAX = 1_000;

interface Gathered {
  readonly gateway: string;
  readonly facts: { type: string; data: JsonObject }[];
  readonly timer: TimerHandle;
}

export class LateFacts {
  private readonly options: LateFactsOptions;
  private readonly gathered = new Map<string, Gathered>();
  private readonly telling = new Set<Promise<void>>();

  constructor(options: LateFactsOptions) {
    this.options = options;
  }

  /** Told of every message that was read live, with what became of it. Never throws. */
  onInput(verdict: string, message: Message | undefined): void {
    if (verdict !== 'late' || message === undefined) return;
    const { type, callId, gateway, data } = message;
    const ours = gateway === PRINCIPALS.onhook || gateway === PRINCIPALS.operator;
    if (ours || !LATE.has(type)) return;
    const known = this.gathered.get(callId);
    if (known === undefined) {
      if (this.gathered.size >= CALLS_MAX) return this.options.onLost(callId);
      const timer = this.options.clock.after(GATHER_MS, () => this.flush(callId));
      this.gathered.set(callId, { gateway, facts: [{ type, data }], timer });
    } else if (known.gateway === gateway && known.facts.length < FACTS_MAX) known.facts.push({ type, data });
    else this.options.onLost(callId);
  }

  /** Tells what was gathered, and waits for it. May run twice. */
  async close(): Promise<void> {
    for (const callId of this.gathered.keys()) this.flush(callId);
    await Promise.all(this.telling);
  }

  private flush(callId: string): void {
    const gathered = this.gathered.get(callId);
    if (gathered === undefined) return;
    this.gathered.delete(callId);
    gathered.timer.cancel();
    const told = this.tell(callId, gathered).catch(() => this.options.onLost(callId));
    this.telling.add(told);
    void told.finally(() => this.telling.delete(told));
  }

  private async tell(callId: string, { gateway, facts }: Gathered): Promise<void> {
    const { log, newId } = this.options;
    const stored = await log.last('records', recordSubject(log.prefix, callId));
    const incarnation = Number(stored?.headers.get(INCARNATION_HEADER));
    // Never recorded: an id that nobody knows, and no call of ours.
    if (stored === undefined || !Number.isSafeInteger(incarnation)) return;
    const record = JSON.parse(new TextDecoder().decode(stored.data)) as JsonObject;
    // Only the gateway of a call speaks of it (invariant 20).
    if (record['gateway'] !== gateway) return;
    const revival: Revival = { record, incarnation };
    const data: LateFactsTold = { facts, revival };
    await log.append('log', ownMessage(log.prefix, callId, 'facts.late', newId(), data));
  }
}
