/** What must be reached, or the simulation is too weak: what the replayed calls show of it. */
import { timerById } from '../../actors/call-state.ts';
import { stateName } from '../../actors/record.ts';
import type { Folded, Replayed } from './replay.ts';
import { textOf } from './text.ts';
import type { World } from './world.ts';

/** Everything that some seed has to reach. */
export const MUST_REACH = [
  'mark before end.requested',
  'mark after the drain timer',
  'far end leaves in active',
  'far end leaves in farewell-speaking',
  'far end leaves in draining',
  'far end leaves in terminating',
  'far end leaves in post-processing',
  '429 then success',
  'timeout of a request that did land',
  'crash between a request and its outcome',
  'lease lost between decision and request',
  'two owners alive',
  'message after closed',
  'out-of-order status callbacks',
  'dead letter redriven',
  'reconciler finds an orphan',
  'emergency hangup',
  'timer overdue with a message waiting',
  'breaker open',
  'snapshot older than the log tail',
  'log rewound behind the checkpoint',
  'owner frozen with a valid reader while another claims',
  'own message dropped',
  'timer firing refused as early',
  'end cancelled while a mark is in flight',
  'poison end function',
  'barge-in in farewell-speaking.awaiting-start',
  'barge-in in farewell-speaking.speaking',
  'barge-in in farewell-speaking.holding',
  'barge-in in draining.marked',
  'transfer against end.requested',
  'message duplicated',
  'a provider at its rate',
  'a lane is full',
  'more events held than a call may have',
  'call state refused as too large',
  'end.requested then caller.left',
  'caller.left then end.requested',
  'end.requested then leg.status',
  'leg.status then end.requested',
  'end.requested then operator.kill-requested',
  'operator.kill-requested then end.requested',
  'caller.left then leg.status',
  'leg.status then caller.left',
  'hangup measured: no fault',
  'hangup measured: owner lost',
  'hangup measured: log away',
] as const;

const FAR_END = new Set(['caller.left', 'leg.status']);

/** Counts what the replay passed through. */
export function countReached(world: World, { calls }: Replayed): void {
  for (const { folds } of calls.values()) for (const folded of folds) countOf(world, folded);
}

function countOf(world: World, { message, before, fold }: Folded): void {
  if (before === undefined) return;
  const { type, data } = message;
  const name = stateName(before);
  const applied = fold.verdict === 'applied';
  if (fold.verdict === 'duplicate') world.reach('message duplicated');
  if (fold.verdict === 'late' && name === 'closed') world.reach('message after closed');
  if (message.id.startsWith('reconcile.')) world.reach('reconciler finds an orphan');
  if (type === 'state.patched' && fold.state.account.stateRefused === true)
    world.reach('call state refused as too large');
  if (data['emergency'] === true) world.reach('emergency hangup');
  if (type === 'mark.echoed' && applied && name === 'active') world.reach('mark before end.requested');
  if (type === 'mark.echoed' && applied && (name === 'terminating' || name === 'post-processing')) {
    world.reach('mark after the drain timer');
  }
  const left = type === 'caller.left' || data['status'] === 'completed';
  if (FAR_END.has(type) && left && applied) world.reach(`far end leaves in ${name}`);
  if (type === 'timer.fired' && fold.verdict === 'late') {
    const timer = timerById(before, textOf(data['timerId']));
    const armed = timer?.armed.seq === data['armedSeq'];
    world.reach(armed ? 'timer firing refused as early' : 'timer overdue with a message waiting');
  }
  if ((type === 'caller.spoke' || type === 'playback.cleared') && applied)
    bargeIn(world, before.snapshot.value);
  if (name === 'draining' && stateName(fold.state) === 'active') {
    world.reach('end cancelled while a mark is in flight');
  }
  const again = fold.effects.some(({ kind }) => kind === 'run-end-function');
  if (name === 'closed' && again) world.reach('dead letter redriven');
}

function bargeIn(world: World, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const [[state, within] = []] = Object.entries(value);
  if (typeof within === 'string') world.reach(`barge-in in ${state}.${within}`);
}
