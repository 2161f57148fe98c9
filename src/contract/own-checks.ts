/**
 * Checks of our own messages, by hand: they are half of all messages, and nobody else can write them
 * (log rule 4). Fields that a newer build adds are kept as they are.
 */
import type { JsonObject } from './json.ts';
import { OUTCOME_RESULTS } from './outcome.ts';
import type { OperatorPartitionEvents, OwnCallEvents, OwnPartitionEvents } from './own-events.ts';

type FieldCheck = (value: unknown) => boolean;
type FieldChecks = readonly (readonly [string, FieldCheck])[];

const isText: FieldCheck = (value) => typeof value === 'string' && value.length <= 4_096;
const isId: FieldCheck = (value) => typeof value === 'string' && value !== '' && value.length <= 1_024;
const isCount: FieldCheck = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isDuration: FieldCheck = (value) => typeof value === 'number' && value >= 0;
const isObject: FieldCheck = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const optional =
  (check: FieldCheck): FieldCheck =>
  (value) =>
    value === undefined || check(value);

const outcomeFields: FieldChecks = [
  ['result', (value) => typeof value === 'string' && Object.hasOwn(OUTCOME_RESULTS, value)],
  ['code', optional(isId)],
  ['detail', optional(isText)],
  ['retryAfterMs', optional(isDuration)],
  ['status', optional(isText)],
  ['data', optional(isObject)],
];

const isOutcome: FieldCheck = (value) =>
  isObject(value) && firstBad(outcomeFields, value as JsonObject) === undefined;

const revivalFields: FieldChecks = [
  ['record', isObject],
  ['incarnation', isCount],
  ['transcript', optional(Array.isArray)],
  ['legs', optional(isObject)],
];

const isRevival: FieldCheck = (value) =>
  isObject(value) && firstBad(revivalFields, value as JsonObject) === undefined;

const owner = [
  ['epoch', isCount],
  ['nonce', isId],
] as const;

const deskRequest: FieldChecks = [
  ['kind', (value) => value === 'function' || value === 'leg'],
  ['subject', isId],
  ['letterId', isId],
  ['note', optional(isText)],
  ['revival', optional(isRevival)],
];

const settledFields: FieldChecks = [
  ['effectId', isId],
  ['attempt', isCount],
  ['outcome', isOutcome],
  ['emergency', optional((value) => typeof value === 'boolean')],
];

const isSettled: FieldCheck = (value) =>
  isObject(value) && firstBad(settledFields, value as JsonObject) === undefined;

const CALL_CHECKS: Readonly<Record<keyof OwnCallEvents, FieldChecks>> = {
  'timer.fired': [
    ...owner,
    ['timerId', isId],
    ['armedSeq', isCount],
    ['armedEra', isCount],
    ['waitedMs', isDuration],
  ],
  'effect.attempted': [...owner, ['effectId', isId], ['attempt', isCount]],
  'effect.settled': [
    ...owner,
    ...settledFields,
    ['also', optional((value) => Array.isArray(value) && value.every(isSettled))],
  ],
  'unattended.permitted': [
    ['epoch', isCount],
    ['effectId', optional(isId)],
  ],
  'call.quarantined': [
    ['epoch', isCount],
    ['detail', isText],
  ],
  'redrive.requested': deskRequest,
  'discard.requested': deskRequest,
  'line.found': [
    ['leg', isId],
    ['revival', isRevival],
  ],
  'facts.late': [
    ['facts', (value) => Array.isArray(value) && value.every((fact) => isObject(fact))],
    ['revival', isRevival],
  ],
};

const PARTITION_CHECKS: Readonly<
  Record<keyof OwnPartitionEvents | keyof OperatorPartitionEvents, FieldChecks>
> = {
  'partition.claimed': [
    ['node', isId],
    ['nonce', isId],
    ['config', isObject],
  ],
  'partition.renewed': owner,
  'partition.released': owner,
  'log.restored': [['epoch', isCount]],
  'operator.paused': [],
  'operator.resumed': [],
};

function firstBad(checks: FieldChecks, data: JsonObject): string | undefined {
  for (const [field, holds] of checks) if (!holds(data[field])) return field;
  return undefined;
}

/** Type → the first field that is not as promised, or undefined. */
export type OwnChecks = ReadonlyMap<string, (data: JsonObject) => string | undefined>;

function checksOf(table: Readonly<Record<string, FieldChecks>>): OwnChecks {
  return new Map(
    Object.entries(table).map(([type, checks]) => [type, (data: JsonObject) => firstBad(checks, data)]),
  );
}

/** Messages about a call, principal `_onhook`. */
export const ownCallChecks: OwnChecks = checksOf(CALL_CHECKS);
/** Messages about a partition, principals `_onhook` and `_operator`. */
export const partitionChecks: OwnChecks = checksOf(PARTITION_CHECKS);
