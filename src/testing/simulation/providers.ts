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
/** Requests to one provider that a process may send in any second: low, so that it is reached. */
export const REQUESTS_PER_SECOND = 8;
/** The second of a process's own clock, which drifts by a thousandth, in true ms. */
const SECOND_MS = 998;

/** A request that reached a line or a room. */
export interface Arrival {
  /** Simulated ms. */
  readonly at: number;
  readonly key: string;
  /** Last sequence of the log at that instant. */
  readonly logSeq: number;
}

/** A telephone line, or a room. */
export interface Line {
  readonly id: string;
  readonly callId: string;
  readonly kind: 'carrier' | 'room';
  endedAt?: number;
  /** Who ended it. */
  endedBy?: 'request' | 'far end';
  /** Requests to end it. */
  readonly hangUps: Arrival[];
  /** It will answer every request so. */
  readonly curse?: 'unauthorised' | 'unavailable';
  throttled?: boolean;
}

type Ask = (
  leg: LegAddress,
  options: AttemptOptions,
  act: (line: Line) => Outcome | undefined,
) => Promise<Outcome>;

type Manner = 'done' | 'accepted' | 'deaf' | 'lost answer' | '429' | '503';

const MANNERS: readonly [Manner, ...Manner[]] = ['accepted', 'deaf', 'lost answer', '429', '503'];

/** All lines and rooms of a world. */
export class Lines {
  readonly all = new Map<string, Line>();
  /** Told of each end, to send status callbacks. */
  onEnd: (line: Line) => void = () => undefined;
  /** While it lasts every carrier answers so. */
  storm: '429' | '503' | undefined;
  private readonly world: World;
  /** Provider and process → the instants of the requests of the last seconds. */
  private readonly sent = new Map<string, number[]>();

  constructor(world: World) {
    this.world = world;
  }

  add(kind: Line['kind'], callId: string, curse?: Line['curse']): Line {
    const id = `${kind}-${callId}`;
    const line: Line = { id, callId, kind, hangUps: [], ...(curse === undefined ? {} : { curse }) };
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
    const request = this.requestsOf(process, LINE_PROVIDER);
    return {
      provider: LINE_PROVIDER,
      refuses: () => undefined,
      hangUp: (leg, options) => request.toEnd(leg, options, (line) => this.hangUp(line, options)),
      ask: (leg, options) => request.plain(leg, options, (line) => this.look(line)),
      close: () => Promise.resolve(),
    };
  }

  roomsFor(process: SimProcess): RoomService {
    const request = this.requestsOf(process, 'livekit');
    return {
      provider: 'livekit',
      refuses: () => undefined,
      deleteRoom: (leg, options) => request.toEnd(leg, options, (line) => this.hangUp(line, options)),
      ask: (leg, options) => request.plain(leg, options, (line) => this.look(line)),
      stopEgress: (leg, options) => request.plain(leg, options, () => ({ result: 'done' })),
      close: () => Promise.resolve(),
    };
  }

  /** A process is near the rate of one of its providers: a place is kept until a second after the answer. */
  isBusy(process: SimProcess): boolean {
    const since = this.world.timeline.now - 3 * SECOND_MS;
    return [LINE_PROVIDER, 'livekit'].some((provider) => {
      const sent = this.sent.get(`${provider} from ${process.name}`) ?? [];
      // A question may count twice and a deletion three times.
      return sent.filter((at) => at > since).length * 3 + 3 > REQUESTS_PER_SECOND;
    });
  }

  /** Requests of one process to one provider: counted; those that end a leg, one at a time for each key. */
  private requestsOf(process: SimProcess, provider: string): { readonly plain: Ask; readonly toEnd: Ask } {
    const { world } = this;
    const ending = new Set<string>();
    const plain: Ask = (leg, options, act) => {
      this.countRequest(`${provider} from ${process.name}`);
      const line = this.all.get(textOf(leg['id']));
      return runAttempt(process.clock, options, () => this.answer(process, line, act));
    };
    const toEnd: Ask = (leg, options, act) => {
      const { idempotencyKey: key } = options;
      world.hold(6, !ending.has(key), () => `two requests of ${key} in flight from ${process.name}`);
      ending.add(key);
      return plain(leg, options, act).finally(() => ending.delete(key));
    };
    return { plain, toEnd };
  }

  private answer(
    process: SimProcess,
    line: Line | undefined,
    act: (line: Line) => Outcome | undefined,
  ): Promise<Outcome> {
    const { timeline, random } = this.world;
    return new Promise((resolve) => {
      if (line === undefined) return resolve({ result: 'already-gone', code: 'not_found' });
      timeline.after(random.between(5, 120), () => {
        const outcome = act(line);
        if (outcome !== undefined) process.task(random.between(5, 120), () => resolve(outcome));
      });
    });
  }

  private countRequest(where: string): void {
    const { world } = this;
    const { now } = world.timeline;
    const sent = (this.sent.get(where) ?? []).filter((at) => at > now - 3 * SECOND_MS);
    sent.push(now);
    this.sent.set(where, sent);
    const recent = sent.filter((at) => at > now - SECOND_MS).length;
    if (recent === REQUESTS_PER_SECOND) world.reach('a provider at its rate');
    world.hold(23, recent <= REQUESTS_PER_SECOND, () => `${recent} requests in a second to ${where}`);
  }

  /** Undefined: no answer comes. */
  private hangUp(line: Line, { idempotencyKey: key }: AttemptOptions): Outcome | undefined {
    const { timeline, server } = this.world;
    line.hangUps.push({ at: timeline.now, key, logSeq: server.streams.log.lastSeq });
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
      timeline.after(this.world.random.between(100, 4_000), () => this.end(line, 'request'));
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
    if (this.storm !== undefined) return this.storm;
    if (line.curse === 'unavailable') return '503';
    if (!world.random.chance(0.35)) return 'done';
    const manner = world.random.pick(MANNERS);
    world.fault(`carrier: ${manner}`);
    return manner;
  }
}
