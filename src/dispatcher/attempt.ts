/** One attempt on its way: it waits in its lane, asks the owner, sends its request, and ends once. */
import { Cancellation } from '../carriers/cancellation.ts';
import type { Effect } from '../contract/effect.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { Lane, LaneWork } from './lane.ts';
import type { Task } from './perform/task.ts';

/** What attempts tell, and ask, on their way. */
export interface AttemptEvents {
  readonly mayAct: (effect: Effect) => boolean;
  readonly onAttempted: (effect: Effect) => Promise<void>;
  readonly onRequest: (effect: Effect) => void;
  readonly onDefect: (error: unknown, effect: Effect) => void;
  /** Once. Undefined: nothing was sent, or nobody wants to hear what came of it. */
  readonly onEnd: (attempt: Attempt, outcome: Outcome | undefined) => void;
}

/** What a defect of ours settles as; the error itself may quote a request and goes to our log only. */
export const INTERNAL: Outcome = {
  result: 'retry',
  code: 'internal',
  detail: 'A defect of onhook; see its log.',
};

export class Attempt implements LaneWork {
  readonly effect: Effect;
  readonly urgent: boolean;
  readonly requests: number;
  /** A newer attempt of the effect, asked for while this one was in flight. */
  next: Effect | undefined;
  /** Nobody wants to hear of it. */
  withdrawn = false;
  /** Resolves when nothing of it runs any more; undefined when nobody waits for that. */
  running: Promise<Outcome | undefined> | undefined;
  private readonly task: Task;
  private readonly lane: Lane;
  private readonly events: AttemptEvents;
  private readonly cancellation = new Cancellation();
  private ended = false;

  constructor(effect: Effect, task: Task, lane: Lane, events: AttemptEvents) {
    this.effect = effect;
    this.urgent = task.urgent;
    this.requests = task.requests;
    this.task = task;
    this.lane = lane;
    this.events = events;
  }

  get started(): boolean {
    return this.running !== undefined;
  }

  /** To its lane, which starts it now if it may. */
  offer(): void {
    this.lane.offer(this);
  }

  /** The lane calls it when it is this attempt's turn. */
  run(): Promise<Outcome | undefined> | undefined {
    if (!this.events.mayAct(this.effect)) {
      this.end(undefined);
      return undefined;
    }
    const performed = this.effect.kind === 'run-end-function' ? this.announce() : this.request();
    this.running = performed.then((outcome) => {
      this.end(outcome);
      return outcome;
    });
    return this.running;
  }

  /** The lane does not take it. A fenced owner is silent about that too. */
  refuse(outcome: Outcome): void {
    if (!this.ended) this.end(this.events.mayAct(this.effect) ? outcome : undefined);
  }

  /** It stops waiting, is stopped, or is not waited for any more; whatever comes of it is not told. */
  withdraw(): void {
    this.withdrawn = true;
    this.next = undefined;
    const awaited = this.started && this.cancellation.isHeard;
    this.cancellation.cancel();
    if (awaited) return;
    if (!this.started) this.lane.forget(this);
    this.running = undefined;
    this.end(undefined);
  }

  /** Log rule 35: a function that kills its process must have spent the attempt. */
  private async announce(): Promise<Outcome | undefined> {
    const { cancellation } = this;
    const cancelled = new Promise<void>((resolve) => cancellation.onCancel(resolve));
    try {
      await Promise.race([this.events.onAttempted(this.effect), cancelled]);
    } catch {
      return undefined;
    }
    if (cancellation.isCancelled || !this.events.mayAct(this.effect)) return undefined;
    return this.request();
  }

  /** Synchronous up to the request itself: a hangup leaves in the tick in which it was dispatched. */
  private request(): Promise<Outcome> {
    const defect = (error: unknown): Outcome => {
      this.events.onDefect(error, this.effect);
      return INTERNAL;
    };
    try {
      this.events.onRequest(this.effect);
      return this.task.perform(this.cancellation).catch(defect);
    } catch (error) {
      return Promise.resolve(defect(error));
    }
  }

  private end(outcome: Outcome | undefined): void {
    if (this.ended) return;
    this.ended = true;
    this.events.onEnd(this, outcome);
  }
}
