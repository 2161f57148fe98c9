/** What one seed yields: counts for the summary, violations with the messages around them, a trace hash. */
import { createHash } from 'node:crypto';
import type { Violation, World } from './world.ts';

/** What came of one seed. */
export interface SimulationReport {
  readonly seed: number;
  /** Equal for equal seeds of one build: over everything that the log, the records and the dead letters hold. */
  readonly traceHash: string;
  readonly simulatedMs: number;
  readonly steps: number;
  readonly calls: number;
  /** The lives of all calls together, in simulated ms. */
  readonly callMs: number;
  readonly messages: number;
  /** The log lost what it had acknowledged. */
  readonly rewound: boolean;
  /** Kind → times injected. */
  readonly faults: ReadonlyMap<string, number>;
  readonly reached: ReadonlyMap<string, number>;
  /** Invariant → times checked. */
  readonly checks: ReadonlyMap<number, number>;
  readonly violations: readonly Violation[];
  /** The last messages of the calls that violated something, for people. */
  readonly lastMessages: readonly string[];
}

/** What the world does not know of itself. */
interface Subject {
  readonly seed: number;
  readonly calls: number;
  readonly callMs: number;
  readonly scripts: ReadonlyMap<string, string>;
  readonly rewound: boolean;
}

/** Sums up a run that has ended. */
export function reportOf(world: World, { seed, calls, callMs, scripts, rewound }: Subject): SimulationReport {
  const { faults, reached, checks, violations, timeline, server } = world;
  return {
    seed,
    rewound,
    calls,
    callMs,
    faults,
    reached,
    checks,
    violations,
    traceHash: traceHash(world),
    simulatedMs: timeline.now,
    steps: timeline.steps,
    messages: server.streams.log.lastSeq,
    lastMessages: lastMessages(world, scripts),
  };
}

function traceHash({ server, timeline }: World): string {
  const hash = createHash('sha256');
  const { log, records, deadLetters } = server.streams;
  for (const stream of [log, records, deadLetters]) {
    for (let seq = 1; seq <= stream.lastSeq; seq += 1) {
      const message = stream.at(seq);
      if (message === undefined) continue;
      hash.update(`${message.subject} ${message.timestampMs} ${JSON.stringify([...message.headers])}\n`);
      hash.update(message.data);
    }
  }
  return hash.update(String(timeline.steps)).digest('hex').slice(0, 32);
}

function lastMessages({ server, violations }: World, scripts: ReadonlyMap<string, string>): string[] {
  const { log } = server.streams;
  const calls = new Set(violations.flatMap(({ callId }) => callId ?? []).slice(0, 3));
  return [...calls].flatMap((callId) => {
    const messages = log.newestOf((subject) => isOf(subject, callId), 40);
    const text = ({ seq, timestampMs, subject, data }: (typeof messages)[number]): string =>
      `${seq} ${Math.round(timestampMs) % 10_000_000} ${subject} ${new TextDecoder().decode(data).slice(0, 200)}`;
    return [`${callId}: ${scripts.get(callId) ?? ''}`, ...messages.map(text)];
  });
}

/** Of this call; its small talk says nothing. */
function isOf(subject: string, callId: string): boolean {
  return subject.includes(`.${callId}.`) && !subject.endsWith('.agent.spoke');
}
