/** The race explorer: every order of what can happen to a call, within bounds, through the production fold. */
export { FAMILIES, SCENARIOS } from './scenarios.ts';
export type { Scenario } from './scenario.ts';
export { pairResults } from './pairs.ts';
export type { PairResult } from './pairs.ts';
export { asTest, retrace } from './retrace.ts';
export { Search } from './search.ts';
export type { Searched, Violation } from './search.ts';
