/** `onhook/machines`: the statecharts, for visualizers, inspectors and tests of your own. */
export { callMachine } from './call/machine.ts';
