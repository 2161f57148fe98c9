/** All seeded bugs, in the order of the published table. */
import { AFTERLIFE_BUGS } from './afterlife.ts';
import { CALL_BUGS } from './call.ts';
import { DOOR_BUGS } from './doors.ts';
import { EDGE_BUGS } from './edge.ts';
import { EFFECT_BUGS } from './effects.ts';
import { FAREWELL_BUGS } from './farewell.ts';
import { OWNER_BUGS } from './owner.ts';
import { SHORTCUT_BUGS } from './shortcuts.ts';
import type { SeededBug } from './seeded-bug.ts';

export type { SeededBug } from './seeded-bug.ts';

export const SEEDED_BUGS: readonly SeededBug[] = [
  ...FAREWELL_BUGS,
  ...CALL_BUGS,
  ...EFFECT_BUGS,
  ...OWNER_BUGS,
  ...EDGE_BUGS,
  ...AFTERLIFE_BUGS,
  ...DOOR_BUGS,
  ...SHORTCUT_BUGS,
];
