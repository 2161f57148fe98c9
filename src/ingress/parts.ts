/** What the edge works with: filled by the composition root. */
import type { Clock } from '../clock/clock.ts';
import type { LegEntry } from '../contract/leg-entry.ts';
import type { Log } from '../log/log.ts';
import type { CallDetail } from '../supervisor/view.ts';
import type { Logger } from '../telemetry/logger.ts';

/** An account whose callbacks are believed and whose credentials open the façade. */
export interface IngressAccount {
  readonly accountSid: string;
  /** Signs webhooks; without it this account's callbacks are refused. */
  readonly authToken?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly apiSecret?: string | undefined;
}

/** All that the routes touch. Secrets in it never leave: they verify, and are not logged. */
export interface IngressParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of calls that name none. */
  readonly mode: NonNullable<LegEntry['mode']>;
  /** The URL that carriers call, without the path. Default: what their `Host` header says. */
  readonly publicUrl?: string | undefined;
  /**
   * A signed request that is older, in ms, can be about no call or leg that is still kept: it is a replay
   * (field rule 61). Default: none is too old.
   */
  readonly staleAfterMs?: number;
  readonly twilio?:
    { readonly baseUrl?: string | undefined; readonly accounts: readonly IngressAccount[] } | undefined;
  readonly livekit?: { readonly apiKey: string; readonly apiSecret: string } | undefined;
  /** Any node's knowledge of an open call; `unanswered` partitions may hold one that was not found. */
  readonly findCall: (
    callId: string,
  ) => Promise<{ readonly detail: CallDetail | undefined; readonly unanswered: readonly number[] }>;
  /** For metrics: a request that was refused. */
  readonly onRefused?: (verdict: 'unauthorised' | 'invalid') => void;
  /** For metrics: a verified webhook about a room that no call of ours named. */
  readonly onForeignRoom?: () => void;
}
