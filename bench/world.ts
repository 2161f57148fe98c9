/** One round's surroundings: a real NATS server, a stub Twilio, a load generator, and the side measured. */
import { startNatsServer } from '../src/testing/nats-server.ts';
import type { RunningNatsServer } from '../src/testing/nats-server.ts';
import type { BareMethods } from './bare.ts';
import type { Build } from './build.ts';
import type { CarrierMethods } from './carrier.ts';
import { Child } from './child.ts';
import type { LoadMethods } from './load.ts';
import type { OnhookMethods } from './onhook.ts';

export type Side = 'onhook' | 'bare';

export interface WorldOptions {
  /** After the settle timer the record is written; small, since it is only waiting. Both sides the same. */
  readonly settleMs: number;
  /** How long the farewell plays. */
  readonly echoAfterMs: number;
  readonly nodeOptions?: readonly string[];
  /** More of onhook's timers, as variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of end functions, below `bench/functions`; onhook only. */
  readonly functions?: readonly string[];
}

/** What both sides offer. */
type SideMethods = Pick<OnhookMethods, 'startProfile' | 'stopProfile'>;

export class World {
  readonly server: RunningNatsServer;
  readonly carrier: Child<CarrierMethods>;
  readonly load: Child<LoadMethods>;
  private readonly build: Build;
  private readonly options: WorldOptions;
  private rounds = 0;
  private onhookChild: Child<OnhookMethods> | undefined;
  private bareChild: Child<BareMethods> | undefined;

  private constructor(build: Build, options: WorldOptions, server: RunningNatsServer) {
    this.build = build;
    this.options = options;
    this.server = server;
    this.carrier = new Child(build.file('carrier'));
    this.load = new Child(build.file('load'));
  }

  static async open(build: Build, side: Side, options: WorldOptions): Promise<World> {
    const world = new World(build, options, await startNatsServer());
    await world.load.call('open', {
      url: world.server.url,
      prefix: PREFIX[side],
      echoAfterMs: options.echoAfterMs,
    });
    if (side === 'onhook') await world.startOnhook();
    else await world.startBare();
    return world;
  }

  get side(): Child<SideMethods> {
    return (this.onhookChild ?? this.bareChild) as unknown as Child<SideMethods>;
  }

  /** The orchestrator; only where it is the side. */
  get onhook(): Child<OnhookMethods> {
    return this.onhookChild as Child<OnhookMethods>;
  }

  /** Ids of a round are used once in a world. */
  async newRound(calls: number): Promise<{ round: number; calls: number }> {
    this.rounds += 1;
    const round = { round: this.rounds, calls };
    await this.carrier.call('expect', round);
    return round;
  }

  /** Again after a kill, too. How long from its start until its partition was live. */
  async startOnhook(): Promise<{ liveAfterMs: number }> {
    const nodeOptions = [...IMAGE, ...(this.options.nodeOptions ?? [])];
    this.onhookChild = new Child(this.build.file('onhook'), nodeOptions);
    const env = { ONHOOK_TIMERS_SETTLE_MS: String(this.options.settleMs), ...this.options.env };
    const twilio = await this.carrier.call('where');
    const functions = (this.options.functions ?? []).map((name) => this.build.file(`functions/${name}`));
    return this.onhookChild.call('start', {
      url: this.server.url,
      prefix: PREFIX.onhook,
      twilio,
      env,
      functions,
    });
  }

  private async startBare(): Promise<void> {
    this.bareChild = new Child(this.build.file('bare'), this.options.nodeOptions);
    const twilio = await this.carrier.call('where');
    const { settleMs } = this.options;
    await this.bareChild.call('start', { url: this.server.url, prefix: PREFIX.bare, settleMs, twilio });
  }

  async close(): Promise<void> {
    await Promise.all([this.load.kill(), this.carrier.kill()]);
    await this.onhookChild?.kill();
    await this.bareChild?.kill();
    await this.server.stop();
  }
}

/** Node's options in the container image of onhook. */
const IMAGE = ['--max-semi-space-size=32'];

const PREFIX: Readonly<Record<Side, string>> = { onhook: 'onhook.v1', bare: 'bare.v1' };
