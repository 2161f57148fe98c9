/** Golden logs: recorded calls that this and every later build has to fold to the same records. */
export { checkpointOf, readGoldenLog, refoldGolden, writeGoldenLog } from './golden-call.ts';
export type { GoldenCheckpoint, GoldenLog, GoldenResult } from './golden-call.ts';
export { harvest } from './harvest.ts';
