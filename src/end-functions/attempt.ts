/**
 * One attempt of one function in one process: bounds its loading, its time and its messages, and turns
 * every way in which it can end into an outcome.
 */
import { setImmediate } from 'node:timers/promises';
import type { Clock, TimerHandle } from '../clock/clock.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Outcome } from '../contract/outcome.ts';
import type { EndFunctionInput } from './end-function.ts';
import type { Exit, FunctionProcess } from './function-process.ts';
import type { ChildMessage } from './protocol.ts';

export interface Invocation {
  /** File URL. */
  readonly module: string;
  readonly name: string;
  /** Ms, counted from the moment the module is loaded. */
  readonly timeoutMs: number;
  readonly input: EndFunctionInput;
  /** Default false. */
  readonly sandbox?: boolean;
}

/** What a function said: through `log` of its context, on stdout and stderr, or by what it did not send. May hold personal data. */
export interface FunctionLog {
  readonly functionName: string;
  readonly callId: string;
  readonly attempt: number;
  readonly from: 'log' | 'output' | 'sandbox';
  readonly message: string;
  readonly fields?: JsonObject;
}

export interface AttemptOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** From the start of the process to the loaded module, in ms. */
  readonly loadTimeoutMs: number;
  /** From the abort of the function's signal to the end of its process, in ms. */
  readonly killGraceMs: number;
  readonly redact: (text: string) => string;
  readonly onLog: (line: FunctionLog) => void;
}

/** Five times what the child itself lets through: beyond it, something imitates the child. */
const MESSAGES_MAX = 1_000;
/** A log line, and the last output of one attempt. */
const TEXT_MAX_CHARS = 4_096;
/** Long enough for a cause, short enough for a record. */
const DETAIL_MAX_CHARS = 500;

export interface AttemptEnd {
  readonly outcome: Outcome;
  /** False once the process ended or was told to stop: do not use it again. */
  readonly reusable: boolean;
}

/** The attempt was given up before or while it ran. */
export const cancelled: Outcome = {
  result: 'retry',
  code: 'function_cancelled',
  detail: 'the attempt was given up from outside',
};

const timedOut = (code: string, detail: string): Outcome => ({ result: 'retry', code, detail });

function outcomeOfExit(exit: Exit): Outcome {
  switch (exit.how) {
    case 'exited': {
      const detail = `its process exited with ${exit.code}; its last output is in the log`;
      return { result: 'retry', code: 'function_exited', detail };
    }
    case 'killed': {
      const memory = exit.signal === 'SIGABRT' || exit.signal === 'SIGKILL' ? ', perhaps out of memory' : '';
      const detail = `its process was ended by ${exit.signal}${memory}; its last output is in the log`;
      return { result: 'retry', code: 'function_killed', detail };
    }
    case 'failed':
      return { result: 'retry', code: 'function_not_started', detail: exit.reason };
  }
}

/** Never rejects. The process must have no other attempt under way. */
export async function runAttempt(
  child: FunctionProcess,
  invocation: Invocation,
  options: AttemptOptions,
): Promise<AttemptEnd> {
  child.runs += 1;
  child.takeOutput();
  const { outcome, reusable } = await new Attempt(child, invocation, options).ended;
  const { redact, onLog } = options;
  // What it printed before it settled is in the pipe, and is read within this turn.
  await setImmediate();
  const output = redact(child.takeOutput()).slice(-TEXT_MAX_CHARS);
  const said = sayerOf(invocation);
  if (output !== '') onLog({ ...said, from: 'output', message: output });
  if (outcome.detail === undefined) return { outcome, reusable };
  return { outcome: { ...outcome, detail: redact(outcome.detail).slice(0, DETAIL_MAX_CHARS) }, reusable };
}

/** The record of a call always has it. */
export function callIdOf({ call }: Pick<EndFunctionInput, 'call'>): string {
  const { callId } = call;
  return typeof callId === 'string' ? callId : '';
}

function sayerOf({ name, input }: Invocation): Pick<FunctionLog, 'functionName' | 'callId' | 'attempt'> {
  return { functionName: name, callId: callIdOf(input), attempt: input.attempt };
}

class Attempt {
  readonly ended: Promise<AttemptEnd>;
  private readonly child: FunctionProcess;
  private readonly invocation: Invocation;
  private readonly options: AttemptOptions;
  private timer: TimerHandle;
  private messages = 0;
  /** Why it was told to stop, once it was. */
  private stopped: Outcome | undefined;
  private resolve: (end: AttemptEnd) => void = () => undefined;

  constructor(child: FunctionProcess, invocation: Invocation, options: AttemptOptions) {
    this.child = child;
    this.invocation = invocation;
    this.options = options;
    this.ended = new Promise((resolve) => (this.resolve = resolve));
    const { loadTimeoutMs } = options;
    this.timer = options.clock.after(loadTimeoutMs, () =>
      this.stop(timedOut('function_load_timeout', `its module was not loaded within ${loadTimeoutMs} ms`)),
    );
    options.signal.addEventListener('abort', this.cancel, { once: true });
    child.listen({
      message: (message) => this.hear(message),
      exit: (exit) => this.finish(this.stopped ?? outcomeOfExit(exit)),
    });
    const { module, name, input } = invocation;
    child.send({ kind: 'run', module, name, input });
    if (options.signal.aborted) this.cancel();
  }

  private readonly cancel = (): void => this.stop(cancelled);

  private hear(message: ChildMessage): void {
    this.messages += 1;
    if (this.messages > MESSAGES_MAX) {
      this.stopped = { result: 'fatal', code: 'function_flooded', detail: `over ${MESSAGES_MAX} messages` };
      this.child.end();
      return;
    }
    switch (message.kind) {
      case 'started':
        return this.startClock();
      case 'log':
        return this.log(message.message, message.fields);
      case 'shown':
        return this.log('not sent', message.shows, 'sandbox');
      case 'settled':
        // What was done in time or in the grace is done; a failure after the stop is the stop's doing.
        return this.finish(
          message.outcome.result === 'done' ? message.outcome : (this.stopped ?? message.outcome),
        );
      default:
    }
  }

  private startClock(): void {
    if (this.stopped !== undefined) return;
    const { timeoutMs } = this.invocation;
    this.timer.cancel();
    this.timer = this.options.clock.after(timeoutMs, () =>
      this.stop(timedOut('function_timeout', `not finished after ${timeoutMs} ms`)),
    );
  }

  /** Asks first, so that the function can abort its requests; ends the process if that does not help. */
  private stop(why: Outcome): void {
    if (this.stopped !== undefined) return;
    this.stopped = why;
    this.timer.cancel();
    this.child.send({ kind: 'abort' });
    this.timer = this.options.clock.after(this.options.killGraceMs, () => this.child.end());
  }

  private log(text: string, raw: JsonObject | undefined, from: 'log' | 'sandbox' = 'log'): void {
    const { redact, onLog } = this.options;
    const message = redact(text).slice(0, TEXT_MAX_CHARS);
    const said = sayerOf(this.invocation);
    const fields = raw && redactFields(raw, redact);
    onLog({ ...said, from, message, ...(fields && { fields }) });
  }

  private finish(outcome: Outcome): void {
    this.timer.cancel();
    this.options.signal.removeEventListener('abort', this.cancel);
    this.child.listen(undefined);
    this.resolve({ outcome, reusable: this.child.alive && this.stopped === undefined });
  }
}

function redactFields(fields: JsonObject, redact: (text: string) => string): JsonObject {
  const revive = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? redact(value) : value;
  return JSON.parse(JSON.stringify(fields), revive) as JsonObject;
}
