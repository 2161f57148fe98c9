/** `onhook end-functions test`: functions on a recorded call, with what they would send shown and not sent. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Account, FunctionLedger } from '../../actors/account.ts';
import type { CallState } from '../../actors/call-state.ts';
import { missingInputs, unmetCondition } from '../../actors/readiness.ts';
import { callRecord } from '../../actors/record.ts';
import { playTape } from '../../actors/tape.ts';
import { systemClock } from '../../clock/system-clock.ts';
import type { Config } from '../../config/config.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { Outcome } from '../../contract/outcome.ts';
import type { FunctionLog } from '../../end-functions/attempt.ts';
import type {
  EndFunctionInput,
  EndFunctionManifest,
  EndFunctions,
} from '../../end-functions/end-function.ts';
import { pinConfig } from '../../supervisor/stable-json.ts';
import { UsageError } from '../exit.ts';
import { createOutput, plain } from '../output.ts';
import { NoHistory, readHistory } from '../replay/history.ts';
import type { History } from '../replay/history.ts';
import { fetchHistory } from '../replay/replay.ts';
import { tapeOf } from '../replay/tape.ts';
import { openEndFunctions } from '../serve/end-functions.ts';
import { loadSettings } from '../settings.ts';

/** What one function did, or why it would not run. */
interface Tried {
  readonly function: string;
  readonly version: string;
  /** Set when its `onlyIf` does not hold for this call. */
  readonly skipped?: string;
  readonly missing: readonly string[];
  readonly said: readonly FunctionLog[];
  readonly outcome?: Outcome;
}

/** Exit 1 when a function did not succeed. Throws `UsageError`, `NoHistory`, and what end functions throw. */
export async function tryOut(command: Command, module: string | undefined): Promise<void> {
  const options = command.opts<{ call?: string; file?: string; function?: string }>();
  if ((options.call === undefined) === (options.file === undefined)) {
    throw new UsageError('name a recorded call with --call, or a saved history with --file');
  }
  const { config } = loadSettings(command);
  const { call = '', file = existsSync(call) ? call : undefined } = options;
  const history = file === undefined ? await fetchHistory(config, call) : await readHistory(file);
  const said: FunctionLog[] = [];
  const endFunctions = await openEndFunctions(config, {
    clock: systemClock,
    publisher: { publish: () => Promise.resolve<Outcome>({ result: 'done' }) },
    onLog: (line) => void said.push(line),
    ...(module === undefined ? {} : { modules: [module], withoutShipped: true }),
  });
  try {
    let state = lastState(config, history, endFunctions.manifests());
    const wanted = chosen(endFunctions.manifests(), options.function);
    const output = createOutput(command.optsWithGlobals<{ json: boolean }>().json);
    for (const manifest of wanted) {
      const tried = await tryOne(endFunctions, manifest, state, () => said.splice(0));
      output.line(tried, () => describe(tried));
      if (tried.outcome !== undefined && tried.outcome.result !== 'done') process.exitCode = 1;
      state = withResult(state, tried);
    }
  } finally {
    await endFunctions.close();
  }
}

function chosen(manifests: readonly EndFunctionManifest[], name: string | undefined) {
  const found = manifests.filter((manifest) => name === undefined || manifest.name === name);
  if (found.length > 0) return inOrder(found);
  const known = manifests.map((manifest) => manifest.name).join(', ') || 'none';
  throw new UsageError(
    name === undefined ? 'there is no end function to try' : `no function ${name}; known: ${known}`,
  );
}

/** Each behind those that it declares `after`; the start refuses circles. */
function inOrder(manifests: readonly EndFunctionManifest[]): EndFunctionManifest[] {
  const ordered = new Set<EndFunctionManifest>();
  const visit = (manifest: EndFunctionManifest): void => {
    for (const before of manifests) if (manifest.after.includes(before.name)) visit(before);
    ordered.add(manifest);
  };
  for (const manifest of manifests) visit(manifest);
  return [...ordered];
}

/** What a function returned is there for those after it, as in the record of a real call. */
function withResult(state: CallState, { function: name, version, outcome }: Tried): CallState {
  if (outcome?.result !== 'done') return state;
  const { output, disposition } = (outcome.data ?? {}) as Pick<FunctionLedger, 'output'> &
    Pick<Account, 'disposition'>;
  const ledger: FunctionLedger = {
    version,
    status: 'succeeded',
    attempts: 1,
    ...(output === undefined ? {} : { output }),
  };
  const functions = { ...state.account.functions, [name]: ledger };
  return { ...state, account: { ...state.account, functions, ...(disposition && { disposition }) } };
}

/** The call as it was at the end of its messages. */
function lastState(config: Config, history: History, functions: readonly EndFunctionManifest[]): CallState {
  const { timers, mode } = config;
  const providers = ['twilio', 'livekit'];
  const state = playTape(tapeOf(history, pinConfig({ timers, mode, functions, providers }))).at(-1)?.state;
  if (state === undefined) throw new NoHistory(history.callId);
  return state;
}

async function tryOne(
  endFunctions: EndFunctions,
  manifest: EndFunctionManifest,
  state: CallState,
  takeSaid: () => FunctionLog[],
): Promise<Tried> {
  const { name, version } = manifest;
  const missing = missingInputs(state, manifest);
  const unmet = unmetCondition(state, manifest);
  const about = { function: name, version, missing };
  if (unmet !== undefined) return { ...about, skipped: `only_if ${unmet}`, said: [] };
  const { account, callId } = state;
  const input: EndFunctionInput = {
    call: callRecord(state, account.recordVersion + 1),
    state: account.state,
    transcript: account.transcript,
    idempotencyKey: `sandbox-${callId}-${name}`,
    attempt: 1,
    missing,
  };
  const { signal } = new AbortController();
  const outcome = await endFunctions.run(name, input, { sandbox: true, signal });
  return { ...about, outcome, said: takeSaid() };
}

function describe({ function: name, version, skipped, missing, said, outcome }: Tried): string {
  const became = [outcome?.result, outcome?.code].filter(Boolean).join(' ');
  const result = skipped === undefined ? became : `skipped, ${skipped}`;
  const lines = [`${name} ${version}: ${result}`];
  if (missing.length > 0) lines.push(`  without ${missing.join(', ')}`);
  for (const { from, message, fields } of said) {
    lines.push(
      `  ${from === 'sandbox' ? 'not sent' : message}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}`,
    );
  }
  const more: JsonObject = outcome?.data ?? {};
  if (outcome?.detail !== undefined) lines.push(`  ${outcome.detail}`);
  if (Object.keys(more).length > 0) lines.push(`  returned ${JSON.stringify(more)}`);
  return plain(lines.join('\n'));
}
