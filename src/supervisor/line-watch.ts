/**
 * Looks now and then what carriers say is up (invariant 34). A line of a call that is closed or lost, and
 * that no gateway answers for, is ended through the log; a line that our log never saw is alarmed about
 * and left alone. A line is acted on once two rounds in a row have found it: calls begin and end meanwhile.
 */
import type { CallContext } from '../../machines/call/context.ts';
import type { CallState } from '../actors/call-state.ts';
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { JsonObject } from '../contract/json.ts';
import { carrierKey, readLegEntry } from '../contract/leg-entry.ts';
import type { LegEntry } from '../contract/leg-entry.ts';
import { ownMessage } from '../contract/own-events.ts';
import { partitionOf } from '../contract/subjects.ts';
import type { LineList, LiveLine } from '../dispatcher/line-port.ts';
import type { GatewayCommandSender } from '../dispatcher/port.ts';
import type { Log } from '../log/log.ts';
import { revivalOf } from './line-revival.ts';
import type { PartitionSeat } from './partition-seat.ts';

/** As every command to a gateway. */
const PING_TIMEOUT_MS = 2_000;
/** Remembered between two rounds; a fleet with more strange lines has another problem. */
const SUSPECTS_MAX = 10_000;

export interface LineWatchOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly lists: readonly LineList[];
  readonly commands: GatewayCommandSender;
  readonly seats: () => readonly PartitionSeat[];
  /** Between two rounds, in ms; 0 = none. */
  readonly everyMs: number;
  /** Lines that one round ends at most: the fleet's limit of unattended ends. */
  readonly endsMax: number;
  readonly newId: () => string;
  readonly onAlarm: (code: string, data: JsonObject) => void;
}

export class LineWatch {
  private readonly options: LineWatchOptions;
  /** Found by the last round, and whether somebody was told. */
  private suspects = new Map<string, { readonly told: boolean }>();
  /** Provider → why it lists nothing; told once. */
  private readonly refused = new Map<string, string>();
  private timer: TimerHandle | undefined;
  private closed = false;

  /** The first round is one interval from now. */
  constructor(options: LineWatchOptions) {
    this.options = options;
    this.schedule();
  }

  /** A round under way ends nothing more. May run twice. */
  close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    return Promise.resolve();
  }

  private schedule(): void {
    const { clock, everyMs, lists } = this.options;
    if (this.closed || everyMs === 0 || lists.length === 0) return;
    this.timer = clock.after(everyMs, () => void this.round().finally(() => this.schedule()));
  }

  /** Never rejects: what the log did not answer is found again by the next round. */
  private async round(): Promise<void> {
    const held = this.options.seats().filter(({ state }) => state === 'live');
    if (held.length === 0) return;
    const watched = new Set(held.flatMap(({ owner }) => [...linesOf(owner?.table.calls.values() ?? [])]));
    const found = new Map<string, { readonly told: boolean }>();
    let ends = this.options.endsMax;
    try {
      for (const list of this.options.lists) {
        let refusal: string | undefined;
        for await (const page of list.pages((code) => void (refusal = code))) {
          for (const line of page) {
            if (this.closed || found.size === SUSPECTS_MAX) return;
            if (watched.has(line.id)) continue;
            if (await this.look(line, found, ends > 0)) ends -= 1;
          }
        }
        this.noteRefusal(list.provider, refusal);
      }
    } catch {
      // The log is away.
    } finally {
      this.suspects = found;
    }
  }

  /** Whoever trusts this watch has to know when it cannot see. */
  private noteRefusal(provider: string, code: string | undefined): void {
    if (code === undefined) this.refused.delete(provider);
    else if (this.refused.get(provider) !== code) {
      this.refused.set(provider, code);
      this.options.onAlarm('carrier_list_refused', { provider, code });
    }
  }

  /** True: the line is being ended. */
  private async look(
    line: LiveLine,
    found: Map<string, { readonly told: boolean }>,
    mayEnd: boolean,
  ): Promise<boolean> {
    const { log, onAlarm } = this.options;
    const stored = await log.bucket('legs').get(carrierKey(line.id));
    const entry = stored && readLegEntry(stored.value);
    const partition = entry === undefined ? 0 : partitionOf(entry.callId, log.partitions);
    const seat = this.options.seats().find((one) => one.partition === partition && one.state === 'live');
    if (seat === undefined || entry?.mode === 'observe') return false;
    const before = this.suspects.get(line.id);
    found.set(line.id, { told: before !== undefined });
    if (before === undefined) return false;
    const { provider, id } = line;
    if (entry === undefined) {
      if (!before.told) onAlarm('carrier_call_unknown', { provider, line: id });
      return false;
    }
    const { callId } = entry;
    if (seat.owner === undefined || isWatched(seat.owner.table.calls.get(callId), line.id)) return false;
    if (!before.told) onAlarm('carrier_call_alive', { callId, provider, line: id });
    return mayEnd && this.end(line, entry);
  }

  private async end(line: LiveLine, entry: LegEntry): Promise<boolean> {
    const { log, clock, newId } = this.options;
    const revival = await revivalOf(log, line, entry, clock.now());
    if (revival === undefined || (await this.isAnswered(entry)) || this.closed) return false;
    const data = { leg: entry.leg, revival };
    await log.append('log', ownMessage(log.prefix, entry.callId, 'line.found', newId(), data));
    return true;
  }

  /** Never a call that its gateway still answers for; an answer that we could not hear counts as one. */
  private async isAnswered({ gateway, callId }: LegEntry): Promise<boolean> {
    const { commands, newId } = this.options;
    const body = { effectId: newId(), era: 0, seq: 0 };
    const timeoutMs = PING_TIMEOUT_MS;
    const { result, code } = await commands.send({ gateway, callId, verb: 'ping' }, body, { timeoutMs });
    return !(result === 'no-responder' || (result === 'retry' && code === 'unanswered'));
  }
}

/** Carrier ids of lines that their calls will end themselves, or that are not ours to end. */
function* linesOf(calls: Iterable<CallState>): Generator<string> {
  for (const state of calls) {
    const { legs } = state.snapshot.context as CallContext;
    for (const [key, { address, termination }] of Object.entries(legs)) {
      const id = address['callSid'] ?? address['legId'];
      const pending = state.effects.some(({ subject, orphan }) => orphan === true && subject === key);
      if (typeof id === 'string' && (termination === undefined || termination === 'not_ours' || pending))
        yield id;
    }
  }
}

function isWatched(state: CallState | undefined, lineId: string): boolean {
  return state !== undefined && [...linesOf([state])].includes(lineId);
}
