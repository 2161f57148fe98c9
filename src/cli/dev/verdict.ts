/** The demo's calls as their records tell them, compared with what was to be shown. Pure. */
import type { CallRecord } from '../../contract/call-record.ts';
import type { DemoCall } from '../demo/demo.ts';
import { paint } from '../terminal.ts';

export interface Verdict {
  readonly call: DemoCall;
  /** The newest record; absent when none was written. */
  readonly record?: CallRecord;
  /** How it differs from what was expected, as sentences; empty = as expected. */
  readonly deviations: readonly string[];
}

const COMPARED = ['endedBy', 'endReason', 'farewell'] as const;

/** Legs that did not come down with evidence. */
const BAD_TERMINATIONS: ReadonlySet<string> = new Set(['forced_unconfirmed', 'failed']);

export function judge(call: DemoCall, record: CallRecord | undefined): Verdict {
  if (record === undefined) return { call, deviations: ['did not close: there is no record of it'] };
  const fields = COMPARED.filter((name) => record[name] !== call.expected[name]).map(
    (name) => `${name} is ${record[name]}, expected ${call.expected[name]}`,
  );
  const legs = Object.entries(record.legs).flatMap(([key, { termination }]) =>
    BAD_TERMINATIONS.has(termination) ? [`leg ${key} is ${termination}`] : [],
  );
  return { call, record, deviations: [...fields, ...legs, ...functionDeviations(call, record)] };
}

function functionDeviations({ expected }: DemoCall, { endFunctions }: CallRecord): string[] {
  if (endFunctions.length === 0) return ['no end function ran'];
  return endFunctions.flatMap(({ name, status }) => {
    const wanted = expected.deadLetters?.includes(name) === true ? 'dead_lettered' : 'succeeded';
    return status === wanted ? [] : [`end function ${name} is ${status}, expected ${wanted}`];
  });
}

function attempts(count: number): string {
  return count > 1 ? ` in ${count} attempts` : '';
}

/** One paragraph per call. */
export function describeVerdict({ call, record, deviations }: Verdict): string {
  const mark = deviations.length === 0 ? paint('green', '✓') : paint('red', '✗');
  const lines = [`${mark} ${call.title}`];
  if (record !== undefined) {
    const legs = Object.entries(record.legs).map(
      ([key, leg]) => `${key} ${leg.termination}${attempts(leg.attempts)}`,
    );
    const functions = record.endFunctions.map((one) => `${one.name} ${one.status}${attempts(one.attempts)}`);
    lines.push(
      `    ended by ${record.endedBy} (${record.endReason}), farewell ${record.farewell}: ${call.expected.note}`,
      `    legs       ${legs.join(', ')}`,
      `    functions  ${functions.join(', ') || 'none'}`,
    );
  }
  for (const deviation of deviations) lines.push(`    ${paint('red', 'NOT AS EXPECTED')}: ${deviation}`);
  return lines.join('\n');
}
