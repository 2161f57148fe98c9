/** The in-memory adapter of the port `Log`. */
export { MemoryLog, memoryLog } from './log.ts';
export { MemoryServer } from './server.ts';
export type { Fate, MemoryServerOptions, MemoryStep } from './server.ts';
