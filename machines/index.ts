/** `onhook/machines`: the statecharts, for visualizers, inspectors and tests of your own. */
export type { CallContext, CallInput } from './call/context.ts';
export type { CallEvent } from './call/events.ts';
export { CALL_STATES, callMachine } from './call/machine.ts';
export type { CallStateName } from './call/machine.ts';
export { effectMachine } from './effect/machine.ts';
export { partitionMachine } from './partition/machine.ts';
