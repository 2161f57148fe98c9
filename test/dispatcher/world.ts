/** A dispatcher between an owner that keeps what it hears and stub providers over HTTP. */
import { createTwilioCarrier } from '../../src/carriers/twilio/carrier.ts';
import { createLiveKitRooms } from '../../src/carriers/livekit/rooms.ts';
import type { Clock } from '../../src/clock/clock.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { Effect, EffectKind, EffectPayload } from '../../src/contract/effect.ts';
import type { Outcome } from '../../src/contract/outcome.ts';
import { createCapacity } from '../../src/dispatcher/capacity.ts';
import { createDispatcher } from '../../src/dispatcher/dispatcher.ts';
import type { DispatcherOptions } from '../../src/dispatcher/dispatcher.ts';
import type { DispatchLimits } from '../../src/dispatcher/limits.ts';
import type { DispatchOwner, GatewayCommandSender } from '../../src/dispatcher/port.ts';
import type { EndFunctions } from '../../src/end-functions/end-function.ts';
import { memoryLog } from '../../src/log/memory/index.ts';
import { startStubLiveKit } from '../../src/testing/stub-livekit/stub-livekit.ts';
import { startStubTwilio } from '../../src/testing/stub-twilio/stub-twilio.ts';

const ACCOUNT = { accountSid: 'AC1', authToken: 'very-secret-token' };
const LIVEKIT = { apiKey: 'key', apiSecret: 'very-secret' };

/** Long enough for a busy machine; no test waits for it to pass. */
const TIMEOUT_MS = 30_000;

let made = 0;

export function effect(kind: EffectKind, payload: EffectPayload, over: Partial<Effect> = {}): Effect {
  made += 1;
  const effectId = over.effectId ?? `effect-${made}`;
  return {
    effectId,
    kind,
    callId: 'CA1',
    gateway: 'gw1',
    attempt: 1,
    position: { era: 2, seq: 40 },
    cause: 'end.requested',
    requestedAt: 1_700_000_000_000,
    idempotencyKey: `${effectId}/1`,
    timeoutMs: TIMEOUT_MS,
    payload,
    ...over,
  };
}

export function hangUp(callSid: string, over: Partial<Effect> = {}): Effect {
  const payload = { leg: 'carrier', provider: 'twilio', address: { callSid } };
  return effect('hang-up-leg', payload, { callId: callSid, ...over });
}

export function command(verb: string, over: Partial<Effect> = {}): Effect {
  return effect('command', { verb, body: {} }, over);
}

export function functionRun(name: string, over: Partial<Effect> = {}): Effect {
  const input = { call: { callId: 'CA1' }, state: {}, transcript: [] };
  return effect('run-end-function', { function: name, version: '1', input }, over);
}

/** Keeps what it hears; may act until told otherwise. */
export class KeepingOwner implements DispatchOwner {
  may = true;
  /** What `onAttempted` waits for. */
  readBack: Promise<void> = Promise.resolve();
  readonly attempted: string[] = [];
  readonly settled: { readonly effectId: string; readonly attempt: number; readonly outcome: Outcome }[] = [];

  mayAct(): boolean {
    return this.may;
  }

  onAttempted({ effectId }: Effect): Promise<void> {
    this.attempted.push(effectId);
    return this.readBack;
  }

  onSettled({ effectId, attempt }: Effect, outcome: Outcome): void {
    this.settled.push({ effectId, attempt, outcome });
  }

  outcomeOf({ effectId }: Effect): Outcome | undefined {
    return this.settled.find((entry) => entry.effectId === effectId)?.outcome;
  }
}

/** A gateway that answers `done`, and `ping` only when it is told to. */
export class SmallGateway implements GatewayCommandSender {
  readonly received: { readonly subject: string; readonly body: unknown }[] = [];
  private readonly pings: (() => void)[] = [];

  send(...[address, body]: Parameters<GatewayCommandSender['send']>): Promise<Outcome> {
    const { gateway, callId, verb } = address;
    this.received.push({ subject: `${gateway}.${callId}.${verb}`, body });
    if (verb !== 'ping') return Promise.resolve({ result: 'done' });
    return new Promise((resolve) => this.pings.push(() => resolve({ result: 'done' })));
  }

  answerPings(): void {
    for (const answer of this.pings.splice(0)) answer();
  }
}

/** `hangs` runs until it is aborted, `throws` is a defect of the runner, others succeed. */
export class SmallEndFunctions implements EndFunctions {
  readonly inputs: unknown[] = [];
  running = 0;

  manifests(): [] {
    return [];
  }

  run(...[name, input, { signal }]: Parameters<EndFunctions['run']>): Promise<Outcome> {
    this.inputs.push(input);
    if (name === 'throws') throw new RangeError('quotes very-secret-token');
    if (name !== 'hangs') return Promise.resolve({ result: 'done' });
    this.running += 1;
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        this.running -= 1;
        resolve({ result: 'retry', code: 'function_cancelled' });
      });
    });
  }

  async close(): Promise<void> {}
}

export interface WorldOptions extends Pick<DispatcherOptions, 'onRequest' | 'onEnd' | 'afterHangups'> {
  /** The dispatcher's; the providers' clients keep real time. */
  readonly clock?: Clock;
  readonly limits?: Partial<DispatchLimits>;
}

export type World = Awaited<ReturnType<typeof startWorld>>;

export async function startWorld({ clock = systemClock, limits = {}, ...options }: WorldOptions = {}) {
  const twilio = await startStubTwilio({ accounts: [ACCOUNT] });
  const livekit = await startStubLiveKit(LIVEKIT);
  const carrier = await createTwilioCarrier({ accounts: [ACCOUNT], baseUrl: twilio.url }, systemClock);
  const rooms = await createLiveKitRooms({ ...LIVEKIT, url: livekit.url }, systemClock);
  const owner = new KeepingOwner();
  const gateway = new SmallGateway();
  const endFunctions = new SmallEndFunctions();
  const log = memoryLog(systemClock);
  const capacity = createCapacity(clock, limits);
  const defects: unknown[] = [];
  const dispatcher = createDispatcher({
    owner,
    capacity,
    commands: gateway,
    carriers: new Map([['twilio', carrier]]),
    rooms: new Map([['livekit', rooms]]),
    endFunctions,
    log,
    clock,
    onDefect: (error) => defects.push(error),
    ...options,
  });
  return {
    twilio,
    livekit,
    owner,
    gateway,
    endFunctions,
    log,
    capacity,
    dispatcher,
    defects,
    /** CallSids in the order in which their requests arrived. */
    asked: () => twilio.requests().map(({ callSid }) => callSid),
    close: async () => {
      await dispatcher.close();
      await Promise.all([carrier.close(), rooms.close(), log.close()]);
      await Promise.all([twilio.close(), livekit.close()]);
    },
  };
}
