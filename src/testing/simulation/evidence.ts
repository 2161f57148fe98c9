/** What a run leaves behind, as all sides saw it: what the judges of the invariants read. */
import type { FunctionRun } from './functions.ts';
import type { GatewayCall } from './gateways.ts';
import type { Lines } from './providers.ts';
import type { Replayed } from './replay.ts';
import type { Exempt } from './requests.ts';
import type { World } from './world.ts';

/** How a call was put to the test after the faults. */
export type DrillKind = 'no fault' | 'owner lost' | 'log away' | 'forgotten' | 'gateway lost';

export interface Evidence {
  readonly world: World;
  readonly replayed: Replayed;
  readonly lines: Lines;
  readonly calls: ReadonlyMap<string, GatewayCall>;
  readonly runs: readonly FunctionRun[];
  readonly exempt: Exempt;
  /** Call id → name of its script. */
  readonly scripts: ReadonlyMap<string, string>;
  readonly drills: ReadonlyMap<string, DrillKind>;
  /** The faults stopped, and owners had their time: budgets count from here, in simulated ms. */
  readonly calmAt: number;
  /** No call began twice: the log was never rewound. */
  readonly rewound: boolean;
}
