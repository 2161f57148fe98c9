/**
 * After the faults, one at a time: calls in calm weather, calls whose owner dies at their end, calls
 * that are ending while the log is away, calls that everybody forgets. What each has to do by when is
 * known exactly, so that delays can be judged (invariants 30 and 31).
 */
import type { DrillKind } from './evidence.ts';
import type { GatewayCall } from './gateways.ts';
import type { Script, Stage } from './scripts.ts';
import type { World } from './world.ts';

/** What drills act on. */
export interface DrillGround {
  readonly world: World;
  /** Starts a call that goes by a script and no chance. */
  readonly start: (script: Script) => GatewayCall;
  /** Kills the process that owns a call; another one starts later. */
  readonly crashOwnerOf: (callId: string) => void;
}

/** After the end of the faults, in ms: when each drill begins. */
const BEGINS_MS = { forgotten: 35_000, calm: 40_000, owner: 60_000, log: 90_000 };
/** From the start of a call to the cause of its end. */
const TALK_MS = 5_000;
/** The log is away from here on, after the calls are draining and before that is due. */
const AWAY_AFTER_MS = 10_000;
const AWAY_MS = 25_000;

const at = (ms: number, act: (stage: Stage) => void): Script['play'] => {
  return (stage) => stage.later(ms, () => act(stage));
};

function script(name: string, play: Script['play'], more: Partial<Script> = {}): Script {
  return { name, play, steadfast: true, ...more };
}

const WITHOUT_FAREWELL = at(TALK_MS, ({ call }) => call.publish('end.requested', { farewell: 'none' }));
const SPOKEN = at(TALK_MS, ({ call }) => call.publish('end.requested', { farewell: 'spoken' }));

const CALM: readonly Script[] = [
  script('calm: no farewell', WITHOUT_FAREWELL),
  script('calm: a farewell', SPOKEN),
  script(
    'calm: a kill',
    at(TALK_MS, ({ operator }) => operator('kill-requested')),
  ),
  script(
    'calm: the caller leaves',
    at(TALK_MS, ({ call }) => call.publish('caller.left')),
  ),
];

/** Schedules all of them, from the end of the faults. Returns what each call is put to. */
export function scheduleDrills(ground: DrillGround): ReadonlyMap<string, DrillKind> {
  const { world } = ground;
  const drills = new Map<string, DrillKind>();
  const start = (kind: DrillKind, script: Script): GatewayCall => {
    const call = ground.start(script);
    drills.set(call.callId, kind);
    return call;
  };
  const { timeline } = world;
  timeline.after(BEGINS_MS.forgotten, () => {
    start(
      'forgotten',
      script('forgotten by everybody', () => undefined),
    );
    start(
      'gateway lost',
      script(
        'calm: the gateway is lost',
        at(TALK_MS, ({ call }) => call.vanish()),
      ),
    );
  });
  timeline.after(BEGINS_MS.calm, () => CALM.forEach((calm) => start('no fault', calm)));
  timeline.after(BEGINS_MS.owner, () => {
    const [first] = [0, 1, 2].map(() =>
      start('owner lost', script('calm: its owner dies', WITHOUT_FAREWELL)),
    );
    if (first !== undefined) crashAtTheEnd(ground, first.callId);
  });
  timeline.after(BEGINS_MS.log, () => {
    for (let i = 0; i < 3; i += 1) {
      start('log away', script('calm: the log is away', SPOKEN, { manners: { mute: true } }));
    }
    timeline.after(AWAY_AFTER_MS, () => world.server.setAvailable(false));
    timeline.after(AWAY_AFTER_MS + AWAY_MS, () => world.server.setAvailable(true));
  });
  return drills;
}

/** In the very step in which the cause of the hangup is stored: nobody has read it. */
function crashAtTheEnd({ world, crashOwnerOf }: DrillGround, callId: string): void {
  const { log } = world.server.streams;
  const leave = world.server.onAppend(() => {
    if (log.at(log.lastSeq)?.subject.endsWith(`.${callId}.end.requested`) !== true) return;
    leave();
    crashOwnerOf(callId);
  });
}
