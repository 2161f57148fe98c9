/**
 * The two shapes an event subject has: published (`….evt.<gateway>.<callId>.<type>`) and, when the
 * log has partitions, stored (`….p.<n>.<gateway>.<callId>.<type>`, log rule 1). Callers of the port
 * use the published one; both adapters translate here.
 */
import { isCallId, ownershipKey, partitionOf, PRINCIPALS } from '../contract/subjects.ts';

/** Type of the probe that proves the partition mapping (log rule 3). Readers never see it. */
export const PROBE_TYPE = 'partition.probe';

const NOT_EXACT = /[*>\s]|\.\.|^\.|\.$/;

/** A subject that is not one exact subject was given where only such a one has a meaning. */
export class BadSubject extends Error {
  readonly code = 'bad_subject';
  constructor(subject: string) {
    super(`"${subject}" is not an exact subject; wildcards, spaces and empty tokens are refused`);
    this.name = 'BadSubject';
  }
}

/**
 * Throws {@link BadSubject} for wildcards, blanks and empty tokens: a server stores a published `*`
 * as it is, and a purge or a read by such a subject would reach other calls.
 */
export function requireExact(subject: string): void {
  if (subject === '' || NOT_EXACT.test(subject)) throw new BadSubject(subject);
}

/** What the server's mapping makes of an exact published subject. Other subjects are returned as given. */
export function storedSubject(prefix: string, partitions: number, subject: string): string {
  if (partitions <= 1 || !subject.startsWith(`${prefix}.evt.`)) return subject;
  const rest = subject.slice(prefix.length + 5);
  const [gateway, callId, type] = rest.split('.', 3);
  if (gateway === undefined || callId === undefined || type === undefined) return subject;
  return `${prefix}.p.${partitionOf(callId, partitions)}.${rest}`;
}

/** A published filter (wildcards allowed) as a filter over what is stored. */
export function storedFilter(prefix: string, partitions: number, filter: string): string {
  if (partitions <= 1 || !filter.startsWith(`${prefix}.evt.`)) return filter;
  const rest = filter.slice(prefix.length + 5);
  const callId = rest.split('.', 2)[1];
  const partition = callId !== undefined && isCallId(callId) ? partitionOf(callId, partitions) : '*';
  return `${prefix}.p.${partition}.${rest}`;
}

/** Filter of a partition's reader, or of all partitions. */
export function readerFilter(prefix: string, partitions: number, partition?: number): string {
  if (partitions <= 1) return `${prefix}.evt.>`;
  return `${prefix}.p.${partition ?? '*'}.>`;
}

/** Filter of one call, every gateway. Undefined for a call id that does not fit a token. */
export function callFilter(prefix: string, partitions: number, callId: string): string | undefined {
  if (!isCallId(callId)) return undefined;
  return storedFilter(prefix, partitions, `${prefix}.evt.*.${callId}.>`);
}

/** Published subject of a partition's probe. */
export function probeSubject(prefix: string, partition: number, partitions: number): string {
  const key = ownershipKey(partition, partitions);
  return `${prefix}.evt.${PRINCIPALS.onhook}.${key}.${PROBE_TYPE}`;
}

/** Stored subjects of every partition's probe: what readers skip. */
export function probeSubjects(prefix: string, partitions: number): ReadonlySet<string> {
  const all = Array.from({ length: partitions }, (_, p) => probeSubject(prefix, p, partitions));
  return new Set(all.map((subject) => storedSubject(prefix, partitions, subject)));
}

/** NATS subject matching: `*` is one token, a last `>` is one or more. */
export function matches(filter: string, subject: string): boolean {
  const wanted = filter.split('.');
  const tokens = subject.split('.');
  for (const [i, want] of wanted.entries()) {
    if (want === '>') return tokens.length > i;
    if (tokens[i] === undefined || (want !== '*' && want !== tokens[i])) return false;
  }
  return wanted.length === tokens.length;
}
