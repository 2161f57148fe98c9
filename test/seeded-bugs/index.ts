/** All seeded bugs, in the order of the published table. */
import { CALL_BUGS } from './call.ts';
import { EDGE_BUGS } from './edge.ts';
import { EFFECT_BUGS } from './effects.ts';
import { FAREWELL_BUGS } from './farewell.ts';
import { OWNER_BUGS } from './owner.ts';
import type { SeededBug } from './seeded-bug.ts';

export type { SeededBug } from './seeded-bug.ts';

export const SEEDED_BUGS: readonly SeededBug[] = [
  ...FAREWELL_BUGS,
  ...CALL_BUGS,
  ...EFFECT_BUGS,
  ...OWNER_BUGS,
  ...EDGE_BUGS,
];
