/**
 * Simulated telephone lines and media rooms, and the carriers that reach them: answers are late, lost,
 * refused, or say little; what a request did is a fact all the same.
 */
import { runAttempt } from '../../carriers/attempt.ts';
import type { AttemptOptions, Carrier, LegAddress, RoomService } from '../../carriers/carrier.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { SimProcess } from './process.ts';
import { textOf } from './text.ts';
import type { World } from './world.ts';

/** The carrier's name in `call.started.provider`. */
export const LINE_PROVIDER = 'line';

/** A telephone line, or a room. */
export interface Line {
  readonly id: string;
  readonly callId: string;
  readonly kind: 'carrier' | 'room';
  endedAt?: number;
  /** Who ended it. */
  endedBy?: 'request' | 'far end';
  /** Requests to end it that arrived, at these simulated instants. */
  readonly hangUps: number[];
  readonly keys: Set<string>;
  /** It will answer every request so. */
  readonly curse?: 'unauthorised' | 'unavailable';
  throttled?: boolean;
}

type Manner = 'done' | 'accepted' | 'deaf' | 'lost answer' | '429' | '503';

const MANNERS: readonly [Manner, ...Manner[]] = ['accepted', 'deaf', 'lost answer', '429', '503'];

/** All lines and rooms of a world. */
export class Lines {
  readonly all = new Map<string, Line>();
  /** Told of each end, to send status callbacks. */
  onEnd: (line: Line) => void = () => undefined;
  /** While the storm lasts every carrier answers 5xx. */
  storm = false;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  add(kind: Line['kind'], callId: string, curse?: Line['curse']): Line {
    const id = `${kind}-${callId}`;
    const line: Line = {
      id,
      callId,
      kind,
      hangUps: [],
      keys: new Set<string>(),
      ...(curse === undefined ? {} : { curse }),
    };
    this.all.set(id, line);
    return line;
  }

  /** Ends it; a second time changes nothing. */
  end(line: Line, by: NonNullable<Line['endedBy']>): void {
    if (line.endedAt !== undefined) return;
    line.endedAt = this.world.timeline.now;
    line.endedBy = by;
    this.onEnd(line);
  }

  /** The carriers as one process reaches them. */
  carrierFor(process: SimProcess): Carrier {
    return {
      provider: LINE_PROVIDER,
      refuses: () => undefined,
      hangUp: (leg, options) => this.request(process, leg, options, (line) => this.hangUp(line, options)),
      ask: (leg, options) => this.request(process, leg, options, (line) => this.look(line)),
      close: () => Promise.resolve(),
    };
  }

  roomsFor(process: SimProcess): RoomService {
    return {
      provider: 'livekit',
      refuses: () => undefined,
      deleteRoom: (leg, options) => this.request(process, leg, options, (line) => this.hangUp(line, options)),
      ask: (leg, options) => this.request(process, leg, options, (line) => this.look(line)),
      stopEgress: (leg, options) => this.request(process, leg, options, () => ({ result: 'done' })),
      close: () => Promise.resolve(),
    };
  }

  private request(
    process: SimProcess,
    leg: LegAddress,
    options: AttemptOptions,
    act: (line: Line) => Outcome | undefined,
  ): Promise<Outcome> {
    const { timeline, random } = this.world;
    const line = this.all.get(textOf(leg['id']));
    return runAttempt(process.clock, options, () => {
      return new Promise<Outcome>((resolve) => {
        if (line === undefined) return resolve({ result: 'already-gone', code: 'not_found' });
        timeline.after(random.between(5, 120), () => {
          const outcome = act(line);
          if (outcome !== undefined) process.task(random.between(5, 120), () => resolve(outcome));
        });
      });
    });
  }

  /** Undefined: no answer comes. */
  private hangUp(line: Line, { idempotencyKey }: AttemptOptions): Outcome | undefined {
    line.hangUps.push(this.world.timeline.now);
    line.keys.add(idempotencyKey);
    if (line.curse === 'unauthorised') return { result: 'fatal', code: 'http_401' };
    const manner = this.manner(line);
    if (manner === 'deaf') return undefined;
    if (manner === '503') return { result: 'retry', code: 'http_503' };
    if (manner === '429') {
      line.throttled = true;
      return { result: 'retry', code: 'http_429', retryAfterMs: 1_000 };
    }
    if (line.endedAt !== undefined) return { result: 'already-gone', code: 'not_found' };
    if (manner === 'accepted') {
      this.world.timeline.after(this.world.random.between(100, 4_000), () => this.end(line, 'request'));
      return { result: 'accepted', status: 'in-progress' };
    }
    this.end(line, 'request');
    if (manner === 'lost answer') {
      this.world.reach('timeout of a request that did land');
      return undefined;
    }
    if (line.throttled === true) this.world.reach('429 then success');
    return { result: 'done', status: 'completed' };
  }

  private look(line: Line): Outcome | undefined {
    const manner = this.manner(line);
    if (manner === 'deaf' || manner === 'lost answer') return undefined;
    if (manner === '503' || manner === '429') return { result: 'retry', code: `http_${manner}` };
    if (line.endedAt !== undefined) return { result: 'done', status: 'completed' };
    return { result: 'live', status: 'in-progress' };
  }

  private manner(line: Line): Manner {
    const { world } = this;
    if (!world.faulty) return 'done';
    if (this.storm || line.curse === 'unavailable') return '503';
    if (!world.random.chance(0.35)) return 'done';
    const manner = world.random.pick(MANNERS);
    world.fault(`carrier: ${manner}`);
    return manner;
  }
}
