/** Who looks at carriers' lines, with the carriers and the seats of this node. */
import { randomUUID } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import type { Capacity } from '../../dispatcher/capacity.ts';
import { createLineLists } from '../../dispatcher/line-list.ts';
import type { Targets } from '../../dispatcher/perform/task.ts';
import { LineWatch } from '../../supervisor/line-watch.ts';
import type { NodeSupervisor } from '../../supervisor/node-supervisor.ts';
import { ObservedLines } from '../../supervisor/observed-lines.ts';

/** Runs from now on: lines nobody answers for, as often as the configuration says, and lines of watched calls. */
export function watchLines(
  { reconcileMs, timers }: Config,
  supervisor: NodeSupervisor,
  { log, clock, commands, carriers, rooms }: Targets,
  capacity: Capacity,
): { close(): Promise<void> } {
  const seats = (): NodeSupervisor['seats'] => supervisor.seats;
  const providers = new Set([...carriers.keys(), ...rooms.keys()]);
  const observed = new ObservedLines({ clock, seats, providers });
  const watch = new LineWatch({
    log,
    clock,
    commands,
    everyMs: reconcileMs,
    endsMax: timers.unattendedEndsMaxPerMinute,
    lists: createLineLists(carriers.values(), capacity, clock),
    seats,
    newId: randomUUID,
    onAlarm: (code, data) => supervisor.alarm(code, data),
  });
  return {
    close: async () => {
      await observed.close();
      await watch.close();
    },
  };
}
