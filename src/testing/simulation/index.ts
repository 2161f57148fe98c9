/** The deterministic simulation: the production system on a simulated log, clock and network, from one seed. */
export { CHECKED } from './invariants.ts';
export { MUST_REACH } from './reached.ts';
export { simulate } from './simulation.ts';
export type { SimulationReport } from './report.ts';
export type { Violation } from './world.ts';
