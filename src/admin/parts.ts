/** What the routes work with: filled by the composition root once the node runs. */
import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { NodeView } from '../supervisor/view.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Peers } from './answers.ts';
import type { DeadLetter } from './stored.ts';

/** What can be done about a dead letter. Each appends to the log and resolves with the sequence. */
export interface DeadLetterDesk {
  redrive(letter: DeadLetter): Promise<{ readonly seq: number }>;
  discard(letter: DeadLetter): Promise<{ readonly seq: number }>;
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
  /** Without one, redrive and discard answer `not_available`. */
  readonly deadLetterDesk?: DeadLetterDesk;
}
