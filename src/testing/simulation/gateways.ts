/**
 * Simulated gateways: each holds calls, publishes their events in order (often twice, often late) and
 * answers onhook's commands through the real command desk. A gateway may vanish; its lines live on.
 */
import type { JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { GatewayCommandSender } from '../../dispatcher/port.ts';
import { CommandDesk } from '../../gateway/command-desk.ts';
import type { CommandBody } from '../../gateway/command-desk.ts';
import { CommandRefused } from '../../gateway/errors.ts';
import type { SimProcess } from './process.ts';
import type { World } from './world.ts';

/** Of the messages of gateways and carriers. */
export const DUPLICATED = 0.3;

/** Of each gateway fleet. */
export const INSTANCES = 4;

/** How a gateway treats one call's farewell. */
export interface Manners {
  /** Never echoes a mark. */
  readonly mute?: boolean;
  /** Refuses to say anything. */
  readonly refuses?: boolean;
  /** The caller talks over the farewell this long after it began, in ms. */
  readonly bargesInAfterMs?: number;
  readonly clears?: boolean;
}

/** One call as its gateway sees it. */
export class GatewayCall {
  readonly callId: string;
  readonly gateway: string;
  /** The process of the gateway that holds the call: it dies with all its calls. */
  readonly instance: number;
  /** Simulated ms. */
  readonly beganAt: number;
  /** Marks whose audio was heard to its end. */
  readonly heard = new Set<string>();
  /** Effect id → last sequences of the log when it acted. */
  readonly acts = new Map<string, number[]>();
  readonly desk: CommandDesk;
  gone = false;
  /** When it was lost, in simulated ms. */
  goneAt: number | undefined;
  sessionClosed = false;
  private readonly world: World;
  private readonly manners: Manners;
  private readonly marks = new Set<string>();
  private readonly outbox: (() => void)[] = [];
  private sequence = 0;
  private sendsAt = 0;
  private bargedIn = false;

  constructor(world: World, gateway: string, callId: string, manners: Manners) {
    this.world = world;
    this.gateway = gateway;
    this.callId = callId;
    this.manners = manners;
    this.beganAt = world.timeline.now;
    this.instance = Math.floor(world.random.between(0, INSTANCES));
    const did = ({ effectId }: CommandBody): void => {
      const id = String(effectId);
      this.acts.set(id, [...(this.acts.get(id) ?? []), world.server.streams.log.lastSeq]);
    };
    this.desk = new CommandDesk(
      {
        mark: (command) => (this.mark(command.name), did(command)),
        clear: (command) => (this.clear(), did(command)),
        say: (command) => (this.say(command.utteranceId), did(command)),
        farewell: (command) => (this.say(command.utteranceId), did(command)),
        close: (command) => (void (this.sessionClosed = true), did(command)),
      },
      () => undefined,
    );
  }

  /** Publishes an event, in order with the call's others. */
  publish(type: string, data: JsonObject = {}): void {
    const { world } = this;
    if (this.gone) return;
    const { now } = world.timeline;
    const slow = world.faulty && world.random.chance(0.05);
    if (slow) world.fault('delayed message');
    const delayMs = slow ? world.random.between(300, 6_000) : world.random.between(1, 30);
    this.sendsAt = Math.max(this.sendsAt, now + delayMs);
    this.sequence += 1;
    const id = `${this.callId}-${this.sequence}`;
    const envelope = { id, sequence: this.sequence };
    const send = (): void => world.publish(this.gateway, this.callId, type, data, envelope);
    world.timeline.after(this.sendsAt - now, () => {
      this.outbox.push(send);
      this.flush();
    });
    if (!world.faulty || !world.random.chance(DUPLICATED)) return;
    world.fault('duplicated message');
    world.timeline.after(this.sendsAt - now + world.random.between(0, 8_000), send);
  }

  /** In order, also after an outage, as the real outbox does. */
  private flush(): void {
    if (this.world.server.available) for (const send of this.outbox.splice(0)) send();
    else this.world.timeline.after(500, () => this.flush());
  }

  /** The gateway dies with the call: nothing is heard of it again. */
  vanish(): void {
    this.gone = true;
    this.goneAt ??= this.world.timeline.now;
  }

  /** The model speaks its goodbye by itself (`farewell: reply` or `spoken`). */
  say(utteranceId: string): void {
    if (this.manners.refuses === true) throw new CommandRefused('busy');
    const { random, timeline } = this.world;
    const audioMs = random.between(500, 4_000);
    timeline.after(random.between(50, 1_000), () => {
      this.publish('farewell.started', { utteranceId });
      this.bargeIn();
    });
    timeline.after(1_000 + audioMs, () => this.publish('farewell.finished', { utteranceId }));
  }

  private mark(name: string): void {
    this.marks.add(name);
    this.bargeIn();
    const { random, timeline } = this.world;
    if (this.manners.mute === true) return;
    timeline.after(random.chance(0.1) ? 17_000 : random.between(50, 3_000), () => {
      if (this.gone || !this.marks.delete(name)) return;
      this.heard.add(name);
      this.publish('mark.echoed', { name });
    });
  }

  /** Carriers echo the marks of what they cleared (field rule 16). */
  private clear(): void {
    this.publish('playback.cleared');
    for (const name of this.marks) this.publish('mark.echoed', { name });
    this.marks.clear();
  }

  private bargeIn(): void {
    const { bargesInAfterMs, clears } = this.manners;
    if (bargesInAfterMs === undefined || this.bargedIn) return;
    this.bargedIn = true;
    this.world.timeline.after(bargesInAfterMs, () => {
      this.publish('caller.spoke', { text: 'wait', final: false });
      if (clears === true) this.clear();
    });
    this.world.timeline.after(bargesInAfterMs + 800, () =>
      this.publish('caller.spoke', { text: 'one more question please', final: true }),
    );
  }
}

/** The commands as one process sends them. */
export function commandsFor(
  world: World,
  process: SimProcess,
  calls: ReadonlyMap<string, GatewayCall>,
): GatewayCommandSender {
  const { random, timeline } = world;
  const answer = async (callId: string, verb: string, body: JsonObject): Promise<Outcome> => {
    const call = calls.get(callId);
    if (call === undefined || call.gone) return { result: 'no-responder' };
    const answered = await call.desk.handle(verb, body);
    if (!answered.ok) return { result: 'refused', code: answered.error };
    return { result: 'done', ...(answered.fields === undefined ? {} : { data: answered.fields }) };
  };
  return {
    send: ({ callId, verb }, body, { timeoutMs }) =>
      new Promise((resolve) => {
        const lostOnTheWay = !world.server.available || (world.faulty && random.chance(0.05));
        const lostOnReturn = world.faulty && random.chance(0.05);
        if (lostOnTheWay || lostOnReturn) world.fault('command or its answer lost');
        process.task(timeoutMs, () => resolve({ result: 'retry', code: 'timeout' }));
        if (lostOnTheWay) return;
        timeline.after(random.between(1, 30), () => {
          void answer(callId, verb, body).then((outcome) => {
            if (!lostOnReturn) process.task(random.between(1, 30), () => resolve(outcome));
          });
        });
      }),
  };
}
