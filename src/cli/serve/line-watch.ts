/** The watch over carriers' lines, with the carriers and the seats of this node. */
import { randomUUID } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import type { Capacity } from '../../dispatcher/capacity.ts';
import { createLineLists } from '../../dispatcher/line-list.ts';
import type { Targets } from '../../dispatcher/perform/task.ts';
import { LineWatch } from '../../supervisor/line-watch.ts';
import type { NodeSupervisor } from '../../supervisor/node-supervisor.ts';

/** Runs from now on, as often as the configuration says. */
export function watchLines(
  { reconcileMs, timers }: Config,
  supervisor: NodeSupervisor,
  { log, clock, commands, carriers }: Targets,
  capacity: Capacity,
): LineWatch {
  return new LineWatch({
    log,
    clock,
    commands,
    everyMs: reconcileMs,
    endsMax: timers.unattendedEndsMaxPerMinute,
    lists: createLineLists(carriers.values(), capacity, clock),
    seats: () => supervisor.seats,
    newId: randomUUID,
    onAlarm: (code, data) => supervisor.alarm(code, data),
  });
}
