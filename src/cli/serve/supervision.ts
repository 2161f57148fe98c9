/** The supervisor of a node with a dispatcher for each partition it owns, measured and logged. */
import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '../../contract/json.ts';
import type { Capacity } from '../../dispatcher/capacity.ts';
import { createDispatcher } from '../../dispatcher/dispatcher.ts';
import type { Targets } from '../../dispatcher/perform/task.ts';
import type { LateFacts } from '../../supervisor/late-facts.ts';
import type { LegRegister } from '../../supervisor/leg-register.ts';
import { NodeSupervisor } from '../../supervisor/node-supervisor.ts';
import type { NodeOptions } from '../../supervisor/node-supervisor.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { SpanSink } from '../../telemetry/traces/span.ts';
import type { CallInspector } from '../inspect/inspector.ts';
import { traceCalls } from './call-traces.ts';
import { checkLegs } from './leg-check.ts';
import { createMeter } from './meter.ts';

/** What one node's supervisor is told of itself. */
export interface Identity extends Pick<
  NodeOptions,
  'nodeId' | 'log' | 'clock' | 'config' | 'keeper' | 'facts'
> {
  /** Told of every message, so that webhooks find their calls. */
  readonly legs: LegRegister;
  readonly capacity: Capacity;
  /** Told of every message, so that what comes late makes one more version of a record. */
  readonly late: LateFacts;
  /** Told of every message, when somebody wants to look. */
  readonly inspector: CallInspector | undefined;
  /** Where traces go, when they are configured. */
  readonly spans: { readonly sink: SpanSink; readonly personalData: boolean } | undefined;
}

/** Not yet started. Its `close` hands the partitions over. */
export function supervise(
  identity: Identity,
  targets: Targets,
  metrics: Metrics,
  logger: Logger,
): NodeSupervisor {
  const { clock, legs, capacity, late, inspector, spans } = identity;
  const meter = createMeter(metrics, clock);
  const onAlarm = (code: string, data: JsonObject): void => supervisor.alarm(code, data);
  const traces = spans && traceCalls({ ...spans, clock, seats: () => supervisor.seats });
  const legCheck = { carriers: targets.carriers, rooms: targets.rooms, onAlarm };
  const legsOf = (callId: string): ReturnType<NodeSupervisor['legsOf']> => supervisor.legsOf(callId);
  const supervisor: NodeSupervisor = new NodeSupervisor({
    ...identity,
    newNonce: () => randomUUID().replaceAll('-', ''),
    dispatcher: (owner) =>
      createDispatcher({
        ...targets,
        capacity,
        owner: meter.owner(owner),
        afterHangups: setImmediate,
        onRequest: (effect) => {
          meter.onRequest(effect);
          traces?.onRequest(effect);
        },
        onEnd: traces?.onEnd,
        onDefect: (error, { effectId, callId }) =>
          logger.error('an effect could not be attempted', { error, effectId, callId }),
      }),
    onInput: (verdict, message) => {
      meter.onInput(verdict);
      legs.onInput(verdict, message, legsOf);
      checkLegs(legCheck, verdict, message, legsOf);
      late.onInput(verdict, message);
      inspector?.onInput(verdict, message, supervisor);
    },
    onFold: traces?.onFold,
    onExpired: () => meter.onInput('expired'),
    onTimerLag: (lagMs) => metrics.timerLag(lagMs),
    onAlarm: (code, { callId }) => logger.warn('alarm', { alarm: code, callId: textOf(callId) }),
  });
  legs.onMissed = ({ callId, leg }) => supervisor.askLine(callId, leg);
  supervisor.subscribe((event) => meter.onFact(event));
  return supervisor;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
