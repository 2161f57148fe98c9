/** `onhook report`: what the records say about calls that a gateway still ends itself. */
import type { Command } from 'commander';
import { systemClock } from '../../clock/system-clock.ts';
import { callRecordSchema } from '../../contract/call-record.ts';
import type { CallRecord } from '../../contract/call-record.ts';
import type { StoredMessage } from '../../log/log.ts';
import { connectLog } from '../../log/nats/index.ts';
import { natsLogOptions } from '../nats/log-options.ts';
import { createOutput } from '../output.ts';
import { loadSettings } from '../settings.ts';
import { findingOf } from './finding.ts';
import type { Finding } from './finding.ts';
import { sinceOf } from './since.ts';
import { summarise } from './summary.ts';
import { problemsOf, textOf } from './text.ts';
import type { Report } from './text.ts';

interface Options {
  readonly since: string;
  readonly limit: number;
  readonly zombieMs: number;
}

/** Reads the newest records. Throws `ConfigError`, `LogUnavailable`, and `UsageError`. Changes nothing. */
export async function report(command: Command): Promise<void> {
  const { since, limit, zombieMs } = command.opts<Options>();
  const from = sinceOf(since, systemClock.now());
  const { config } = loadSettings(command);
  const output = createOutput(command.optsWithGlobals<{ json: boolean }>().json);
  output.progress(`reading the newest ${limit} records at most`);
  const log = await connectLog(natsLogOptions(config, systemClock));
  try {
    const stored = await log.list('records', `${log.prefix}.record.>`, limit);
    const made = reportOf(newestVersions(stored), from, zombieMs, stored.length >= limit);
    output.data(made, () => textOf(made));
  } finally {
    await log.close();
  }
}

/** Pure. `truncated`: there may be older records. */
export function reportOf(
  records: readonly CallRecord[],
  since: number,
  zombieMs: number,
  truncated = false,
): Report {
  const findings = records
    .filter(({ closedAt }) => closedAt >= since)
    .flatMap((record) => findingOf(record) ?? []);
  const summaries = (['observe', 'backstop'] as const).map((mode) => summarise(mode, findings, zombieMs));
  const worst = (finding: Finding): number => finding.overtimeMs ?? 0;
  const calls = findings
    .filter((finding) => problemsOf(finding, zombieMs).length > 0)
    .sort((a, b) => worst(b) - worst(a));
  return { since, zombieMs, summaries, calls, truncated };
}

/** A later version takes the place of its elder. What is no record, or of a later schema, is left out. */
function newestVersions(stored: readonly StoredMessage[]): CallRecord[] {
  const newest = new Map<string, CallRecord>();
  for (const { subject, data } of stored) {
    const parsed = callRecordSchema.safeParse(JSON.parse(new TextDecoder().decode(data)));
    if (parsed.success) newest.set(subject, parsed.data);
  }
  return [...newest.values()];
}
