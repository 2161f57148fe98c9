/** What the routes work with: filled by the composition root once the node runs. */
import type { Tape } from '../actors/tape.ts';
import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { NodeView } from '../supervisor/view.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Peers } from './answers.ts';
import type { Feed } from './feed-source.ts';

/** Calls that a playground can make, to be looked at. */
export interface TestCalls {
  readonly scripts: readonly { readonly name: string; readonly title: string }[];
  /** Starts one. Resolves with its id once it rings, undefined for an unknown name. */
  start(name: string): Promise<string | undefined>;
}

/** A timer of the configuration. */
export interface TimerSetting {
  readonly name: string;
  /** In ms, but for counts. */
  readonly value: number;
  readonly defaultValue: number;
  readonly kind: string;
  /** Why the default is what it is. */
  readonly reason: string;
  /** `default`, `env ONHOOK_TIMERS_DRAIN_MS`, `file onhook.yaml`. */
  readonly source: string;
}

/** How many of each were removed. */
export interface Erased {
  readonly messages: number;
  readonly records: number;
  readonly deadLetters: number;
}

/** All that the routes touch. */
export interface AdminParts {
  readonly view: NodeView;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'expose'>;
  readonly logger: Logger;
  /** Of onhook. */
  readonly version: string;
  /** The other nodes; without them only this one is asked. */
  readonly peers?: Peers;
  /** The facts of every node; without it only those of this one are streamed. */
  readonly feed?: Feed;
  /** A call's messages with the worlds that they were folded in; undefined when the log has none. */
  readonly tape?: (callId: string) => Promise<Tape | undefined>;
  /** Removes what is kept of a call that nobody holds; `unsettled` until a checkpoint holds its end. */
  readonly erase?: (callId: string) => Promise<Erased | 'unsettled'>;
  /** The timers in force, and where each was set. */
  readonly timers?: readonly TimerSetting[];
  /** The NATS server that is connected. */
  readonly server?: () => { readonly server: string; readonly version: string };
  /** In a playground only. */
  readonly testCalls?: TestCalls;
}
