/**
 * A chunk of a checkpoint: lines of JSON, each the entry of a call or the tombstone of a closed one.
 * Written once, never changed.
 */
import type { CallEntry } from '../actors/call-state.ts';
import { BrokenCheckpoint } from './errors.ts';

/** Half of the usual `max_payload` of NATS, so that one more entry never exceeds it. */
export const CHUNK_BYTES_MAX = 524_288;

/** What stays of a closed call: its id is not to be reborn (invariant 26). */
export interface Tombstone {
  readonly callId: string;
  /** Sequence of the message that ended it for good. */
  readonly seq: number;
  /** Fold time of that message. */
  readonly at: number;
}

export type ChunkItem = { readonly entry: CallEntry } | { readonly tombstone: Tombstone };

export function callIdOf(item: ChunkItem): string {
  return 'entry' in item ? item.entry.callId : item.tombstone.callId;
}

/** Gathers lines up to {@link CHUNK_BYTES_MAX}; a single larger entry becomes a chunk of its own. */
export class ChunkBuilder {
  private lines: string[] = [];
  private bytes = 0;
  ids: string[] = [];

  get isEmpty(): boolean {
    return this.ids.length === 0;
  }

  /** False: full, {@link take} first. */
  add(item: ChunkItem): boolean {
    const line = JSON.stringify(item);
    const bytes = Buffer.byteLength(line) + 1;
    if (!this.isEmpty && this.bytes + bytes > CHUNK_BYTES_MAX) return false;
    this.lines.push(line);
    this.ids.push(callIdOf(item));
    this.bytes += bytes;
    return true;
  }

  take(): { readonly value: Uint8Array; readonly ids: readonly string[] } {
    const taken = { value: Buffer.from(this.lines.join('\n'), 'utf8'), ids: this.ids };
    this.lines = [];
    this.ids = [];
    this.bytes = 0;
    return taken;
  }
}

/** Throws {@link BrokenCheckpoint} for bytes that no builder made. */
export function parseChunk(key: string, value: Uint8Array): ChunkItem[] {
  try {
    const text = new TextDecoder('utf8', { fatal: true }).decode(value);
    return text.split('\n').map((line) => JSON.parse(line) as ChunkItem);
  } catch {
    throw new BrokenCheckpoint(key, 'is not what was written');
  }
}
