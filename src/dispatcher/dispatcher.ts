/**
 * Performs effects: each in its lane, at most one attempt per effect id in flight, the owner asked
 * right before each request. It decides nothing else: a failed attempt is settled, never repeated here.
 */
import type { Effect, EffectKind } from '../contract/effect.ts';
import type { Outcome } from '../contract/outcome.ts';
import { Attempt, INTERNAL } from './attempt.ts';
import type { AttemptEvents } from './attempt.ts';
import type { Capacity } from './capacity.ts';
import { prepare } from './perform/prepare.ts';
import type { Prepared, Targets } from './perform/task.ts';
import type { DispatchOwner, EffectDispatcher } from './port.ts';

export interface DispatcherOptions extends Targets {
  readonly owner: DispatchOwner;
  /** One for all dispatchers of the process. */
  readonly capacity: Capacity;
  /**
   * Runs what is given once the requests of this turn of the event loop have left, `setImmediate` for
   * example: until then only what ends a line is begun. Default: at once.
   */
  readonly afterHangups?: (run: () => void) => void;
  /** The request leaves now: what the hangup delay is measured to. Must not throw. */
  readonly onRequest?: (effect: Effect) => void;
  /**
   * An attempt ended while its owner may act: undefined when nobody waits for what comes of it, or nothing
   * was sent. Must not throw.
   */
  readonly onEnd?: ((effect: Effect, outcome: Outcome | undefined) => void) | undefined;
  /** A performer threw; the attempt settles as `retry` with `internal`. Must not throw. */
  readonly onDefect?: (error: unknown, effect: Effect) => void;
}

/** One per owned partition. How its methods behave: {@link EffectDispatcher}. */
export function createDispatcher(options: DispatcherOptions): EffectDispatcher {
  return new Dispatcher(options);
}

/** What ends a line. */
const FIRST: ReadonlySet<EffectKind> = new Set(['hang-up-leg', 'delete-room']);

class Dispatcher implements EffectDispatcher {
  private readonly options: DispatcherOptions;
  /** What waits or is in flight, by effect id. */
  private readonly attempts = new Map<string, Attempt>();
  private readonly events: AttemptEvents;
  /** They let the hangups of this turn go first. */
  private behind: Attempt[] = [];
  private readonly idle = new Set<() => void>();
  private closed = false;
  private silenced = 0;

  constructor(options: DispatcherOptions) {
    const { owner, onRequest, onDefect } = options;
    this.options = options;
    this.events = {
      mayAct: (effect) => this.mayAct(effect),
      onAttempted: (effect) => owner.onAttempted(effect),
      onRequest: (effect) => onRequest?.(effect),
      onDefect: (error, effect) => onDefect?.(error, effect),
      onEnd: (attempt, outcome) => this.settle(attempt, outcome),
    };
  }

  dispatch(effect: Effect): void {
    if (this.closed || effect.kind === 'permit-unattended') return;
    const current = this.attempts.get(effect.effectId);
    if (current !== undefined) {
      const newest = current.next ?? current.effect;
      if (!current.withdrawn && effect.attempt <= newest.attempt) return;
      if (current.started) {
        current.next = effect;
        return;
      }
      current.withdraw();
    }
    this.enter(effect);
  }

  withdraw(effectId: string): void {
    const attempt = this.attempts.get(effectId);
    if (attempt === undefined) return;
    attempt.next = undefined;
    const { kind } = attempt.effect;
    const canStop = !attempt.started || kind === 'run-end-function' || kind === 'command';
    if (canStop) attempt.withdraw();
  }

  drain(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.attempts.size === 0) return resolve();
      const finish = (): void => {
        timer.cancel();
        this.idle.delete(finish);
        resolve();
      };
      const timer = this.options.clock.after(timeoutMs, finish);
      this.idle.add(finish);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    const all = [...this.attempts.values()];
    for (const attempt of all) attempt.withdraw();
    await Promise.all(all.flatMap(({ running }) => running ?? []));
  }

  stats(): ReturnType<EffectDispatcher['stats']> {
    const inFlight = [...this.attempts.values()].filter(({ started }) => started).length;
    return { waiting: this.attempts.size - inFlight, inFlight, silenced: this.silenced };
  }

  private enter(effect: Effect): void {
    const task = this.prepare(effect);
    if (!('perform' in task)) return this.refuse(effect, task);
    const lane = this.options.capacity.lane(task.lane, task.name);
    const attempt = new Attempt(effect, task, lane, this.events);
    this.attempts.set(effect.effectId, attempt);
    const { afterHangups } = this.options;
    if (afterHangups === undefined || FIRST.has(effect.kind)) attempt.offer();
    else if (this.behind.push(attempt) === 1) afterHangups(() => this.follow());
  }

  private follow(): void {
    const attempts = this.behind;
    this.behind = [];
    for (const attempt of attempts) if (!attempt.withdrawn) attempt.offer();
  }

  /** It cannot be attempted. In a later microtask, so that nothing settles inside `dispatch`. */
  private refuse(effect: Effect, outcome: Outcome): void {
    queueMicrotask(() => {
      if (this.mayAct(effect)) this.options.owner.onSettled(effect, outcome);
    });
  }

  private prepare(effect: Effect): Prepared {
    try {
      return prepare(effect, this.options);
    } catch (error) {
      this.options.onDefect?.(error, effect);
      return INTERNAL;
    }
  }

  private mayAct(effect: Effect): boolean {
    const may = !this.closed && this.options.owner.mayAct(effect);
    if (!may) this.silenced += 1;
    return may;
  }

  private settle({ effect, next, withdrawn }: Attempt, outcome: Outcome | undefined): void {
    this.attempts.delete(effect.effectId);
    if (!this.closed) this.options.onEnd?.(effect, withdrawn ? undefined : outcome);
    if (outcome !== undefined && !withdrawn && !this.closed) this.options.owner.onSettled(effect, outcome);
    // A newer attempt is not needed once this one proved the end.
    const proven = !withdrawn && (outcome?.result === 'done' || outcome?.result === 'already-gone');
    if (next !== undefined && !proven) this.dispatch(next);
    if (this.attempts.size === 0) for (const finish of this.idle) finish();
  }
}
