/**
 * Effects, answers, withdrawals and lost ownership in any order (fast-check commands), compared with a
 * model of what each attempt may still do. A failure prints its seed.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ManualClock } from '../../src/clock/manual-clock.ts';
import type { Carrier } from '../../src/carriers/carrier.ts';
import type { Effect } from '../../src/contract/effect.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { createCapacity } from '../../src/dispatcher/capacity.ts';
import { createDispatcher } from '../../src/dispatcher/dispatcher.ts';
import type { DispatchOwner } from '../../src/dispatcher/port.ts';
import { memoryLog } from '../../src/log/memory/index.ts';
import { effect } from './world.ts';

/** Raised on demand: `ONHOOK_PROPERTY_RUNS=10000`. */
const RUNS = Number(process.env['ONHOOK_PROPERTY_RUNS'] ?? 600);
const TIMEOUT_MS = Math.max(120_000, RUNS * 100);

const LIMITS = {
  requestsPerSecond: { line: 4 },
  providerInFlightMax: 3,
  functionsInFlightMax: 2,
  commandsInFlightMax: 2,
  breakerFailures: 3,
};
const COMMAND_TIMEOUT_MS = 2_000;
const KINDS = ['hang-up-leg', 'ask-leg', 'run-end-function', 'command'] as const;
type Kind = (typeof KINDS)[number];

const IN_FLIGHT_MAX: Readonly<Record<Kind, number>> = {
  'hang-up-leg': LIMITS.providerInFlightMax,
  'ask-leg': LIMITS.providerInFlightMax,
  'run-end-function': LIMITS.functionsInFlightMax,
  command: LIMITS.commandsInFlightMax,
};

/** A request that left, and how it is answered. */
interface Request {
  readonly effect: Effect;
  readonly at: number;
  answer: ((outcome: Outcome) => void) | undefined;
}

interface Model {
  owns: boolean;
  /** Effect id → highest attempt asked for, of what nobody withdrew. */
  readonly wanted: Map<string, number>;
}

/** The dispatcher among targets that answer when they are told to. */
class Real implements DispatchOwner {
  readonly clock = new ManualClock();
  readonly requests: Request[] = [];
  readonly settled: string[] = [];
  /** Attempts that were answered, and that nobody had withdrawn. */
  readonly answeredAttempts: string[] = [];
  readonly withdrawn = new Set<string>();
  readonly broken: string[] = [];
  /** Hangups that were asked for and have not left, by effect id. */
  readonly waiting = new Set<string>();
  owns = true;
  private readonly capacity = createCapacity(this.clock, LIMITS);
  private readonly log = memoryLog(this.clock);
  readonly dispatcher = createDispatcher({
    owner: this,
    capacity: this.capacity,
    clock: this.clock,
    log: this.log,
    carriers: new Map([['line', this.carrier()]]),
    rooms: new Map(),
    commands: { send: () => this.answered() },
    endFunctions: {
      manifests: () => [],
      run: (_name, _input, { signal }) => this.answered(signal),
      close: () => Promise.resolve(),
    },
    onRequest: (sent) => this.leave(sent),
  });

  mayAct(): boolean {
    return this.owns;
  }

  onAttempted(): Promise<void> {
    return Promise.resolve();
  }

  onSettled({ effectId, attempt, kind }: Effect): void {
    this.settled.push(`${effectId}#${attempt}`);
    if (kind === 'hang-up-leg') this.waiting.delete(effectId);
  }

  get open(): Request[] {
    return this.requests.filter(({ answer }) => answer !== undefined);
  }

  /** Judged afterwards: what is thrown here the dispatcher takes for a defect of a performer. */
  private leave(sent: Effect): void {
    const { effectId, kind } = sent;
    if (!this.owns) this.broken.push(`${kind} left an owner that may not act (log rule 9)`);
    const same = this.open.some((other) => other.effect.effectId === effectId);
    if (same) this.broken.push(`two requests of ${effectId} in flight (invariant 6)`);
    if (kind === 'ask-leg' && this.waiting.size > 0)
      this.broken.push('a question before a hangup (invariant 23)');
    this.waiting.delete(effectId);
    this.requests.push({ effect: sent, at: this.clock.monotonic(), answer: undefined });
  }

  /** The request that left last, waiting for its answer. A function may be given up. */
  private answered(signal?: AbortSignal): Promise<Outcome> {
    const request = this.requests.at(-1) as Request;
    return new Promise((resolve) => {
      request.answer = resolve;
      signal?.addEventListener('abort', () => {
        request.answer = undefined;
        resolve({ result: 'retry', code: 'aborted' });
      });
    });
  }

  /** It runs into its time-out, which the sender keeps. */
  abandon(request: Request): void {
    const { answer } = request;
    request.answer = undefined;
    this.clock.after(COMMAND_TIMEOUT_MS, () => answer?.({ result: 'retry', code: 'unanswered' }));
  }

  private carrier(): Carrier {
    return {
      provider: 'line',
      refuses: () => undefined,
      hangUp: () => this.answered(),
      ask: () => this.answered(),
      close: () => Promise.resolve(),
    };
  }

  judge(): void {
    expect(this.broken).toEqual([]);
    for (const kind of KINDS) {
      const lane = kind === 'ask-leg' ? 'hang-up-leg' : kind;
      const inFlight = this.open.filter(
        (one) => (one.effect.kind === 'ask-leg' ? 'hang-up-leg' : one.effect.kind) === lane,
      );
      expect(inFlight.length, `${kind} in flight (invariant 21)`).toBeLessThanOrEqual(IN_FLIGHT_MAX[kind]);
    }
    const now = this.clock.monotonic();
    const recent = this.requests.filter(
      ({ effect: { payload }, at }) => 'provider' in payload && at > now - 1_000,
    );
    expect(recent.length, 'requests in a second (invariant 23)').toBeLessThanOrEqual(4);
    expect(new Set(this.settled).size, 'each outcome once').toBe(this.settled.length);
    expect(this.settled, 'each outcome').toEqual(expect.arrayContaining(this.answeredAttempts));
    // Nothing but its provider holds a hangup back.
    const toLine = this.open.filter(({ effect: { payload } }) => 'provider' in payload).length;
    const lately = this.requests.filter(
      ({ effect: { payload }, at, answer }) =>
        'provider' in payload && (answer !== undefined || at > now - 2_000),
    );
    // The probe of an open breaker: its answer says what becomes of the others.
    const probing = toLine > 0 && this.capacity.stats().some(({ breakerOpen }) => breakerOpen);
    const held = toLine >= LIMITS.providerInFlightMax || lately.length >= 3 || probing;
    if (!held && this.owns) expect([...this.waiting], 'hangups that wait for nothing').toEqual([]);
  }
}

type Step = fc.AsyncCommand<Model, Real>;

function step(name: string, run: (model: Model, real: Real) => void): Step {
  return {
    check: () => true,
    run: async (model, real) => {
      run(model, real);
      await new Promise<void>((resolve) => setImmediate(resolve));
      real.judge();
    },
    toString: () => name,
  };
}

function effectOf(kind: Kind, index: number, attempt: number): Effect {
  const effectId = `${kind}-${index}`;
  const payload: Record<Kind, Effect['payload']> = {
    'hang-up-leg': { leg: 'carrier', provider: 'line', address: {} },
    'ask-leg': { leg: 'carrier', provider: 'line', address: {} },
    'run-end-function': { function: 'crm', version: '1', input: { call: {}, state: {}, transcript: [] } },
    command: { verb: 'close', body: {} },
  };
  return effect(kind, payload[kind], { effectId, attempt, timeoutMs: 1e9 });
}

const dispatches = (kind: Kind, index: number): Step =>
  step(`dispatch ${kind}-${index}`, (model, real) => {
    const effectId = `${kind}-${index}`;
    const attempt = (model.wanted.get(effectId) ?? 0) + 1;
    model.wanted.set(effectId, attempt);
    // A later withdrawal is of this attempt.
    if (kind === 'hang-up-leg' || kind === 'ask-leg') real.withdrawn.delete(effectId);
    const inFlight = real.open.some((one) => one.effect.effectId === effectId);
    if (kind === 'hang-up-leg' && real.owns && !inFlight) real.waiting.add(effectId);
    real.dispatcher.dispatch(effectOf(kind, index, attempt));
  });

const repeats = (kind: Kind, index: number): Step =>
  step(`dispatch ${kind}-${index} again`, (model, real) => {
    const attempt = model.wanted.get(`${kind}-${index}`);
    const known = real.settled.includes(`${kind}-${index}#${attempt}`);
    if (attempt !== undefined && !known) real.dispatcher.dispatch(effectOf(kind, index, attempt));
  });

const withdraws = (kind: Kind, index: number): Step =>
  step(`withdraw ${kind}-${index}`, (_model, real) => {
    real.waiting.delete(`${kind}-${index}`);
    real.withdrawn.add(`${kind}-${index}`);
    real.dispatcher.withdraw(`${kind}-${index}`);
    // Nobody waits for the answer of a command any more; its request still takes its time.
    for (const request of real.open) {
      if (kind === 'command' && request.effect.effectId === `${kind}-${index}`) real.abandon(request);
    }
  });

const answers = (pick: number, outcome: Outcome): Step =>
  step(`answer ${outcome.code ?? outcome.result}`, (_model, real) => {
    const request = real.open[pick % Math.max(1, real.open.length)];
    if (request === undefined) return;
    const { effectId, attempt } = request.effect;
    if (!real.withdrawn.has(effectId)) real.answeredAttempts.push(`${effectId}#${attempt}`);
    request.answer?.(outcome);
    request.answer = undefined;
  });

const owns = (may: boolean): Step =>
  step(may ? 'own again' : 'lose the lease', (model, real) => {
    if (!may) real.waiting.clear();
    model.owns = real.owns = may;
  });

const passes = (ms: number): Step => step(`${ms} ms pass`, (_model, real) => real.clock.advance(ms));

const kind = fc.constantFrom(...KINDS);
const index = fc.integer({ min: 1, max: 4 });
const outcome = fc.constantFrom<Outcome>(
  { result: 'done' },
  { result: 'done' },
  { result: 'retry', code: 'http_503' },
  { result: 'retry', code: 'http_429' },
  { result: 'fatal', code: 'http_401' },
);
const steps = [
  fc.tuple(kind, index).map(([of, at]) => dispatches(of, at)),
  index.map((at) => dispatches('hang-up-leg', at)),
  fc.tuple(kind, index).map(([of, at]) => repeats(of, at)),
  fc.tuple(kind, index).map(([of, at]) => withdraws(of, at)),
  fc.tuple(fc.nat(20), outcome).map(([pick, what]) => answers(pick, what)),
  fc.tuple(fc.nat(20), outcome).map(([pick, what]) => answers(pick, what)),
  fc.boolean().map(owns),
  fc.constantFrom(10, 1_100, 3_000).map(passes),
];

it(
  'sends nothing without ownership, never holds a hangup behind other work, tells each outcome once (invariants 6, 21, 23; log rules 9, 32)',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 60, size: '+2' }), async (commands) => {
        const model: Model = { owns: true, wanted: new Map() };
        const real = new Real();
        await fc.asyncModelRun(() => ({ model, real }), commands);
        // Whatever is left is answered: then nothing waits, and nothing is in flight.
        for (let round = 0; round < 40; round += 1) {
          for (const request of real.open) {
            request.answer?.({ result: 'done' });
            request.answer = undefined;
          }
          await new Promise<void>((resolve) => setImmediate(resolve));
          real.clock.advance(2_100);
        }
        expect(real.dispatcher.stats()).toMatchObject({ waiting: 0, inFlight: 0 });
        await real.dispatcher.close();
      }),
      { numRuns: RUNS },
    );
  },
  TIMEOUT_MS,
);
