/** Every end function of this node, behind one port: user modules in processes, the shipped ones here. */
import type { Clock } from '../clock/clock.ts';
import type { Outcome } from '../contract/outcome.ts';
import { callIdOf } from './attempt.ts';
import type { FunctionLog } from './attempt.ts';
import type { EndFunctionManifest, EndFunctions } from './end-function.ts';
import { childEnvironment, createRedactor, type Environment } from './environment.ts';
import { withSettings, type FunctionSettings } from './overrides.ts';
import { checkManifests, loadManifests } from './registry.ts';
import {
  createRunner,
  DEFAULT_LOAD_TIMEOUT_MS,
  DEFAULT_MEMORY_LIMIT_MB,
  type RunnerLimits,
} from './runner.ts';
import { createShippedFunctions, type ShippedOptions } from './shipped/registry.ts';
import type { Publisher } from './shipped/publish.ts';

export interface EndFunctionsOptions extends RunnerLimits {
  readonly clock: Clock;
  /** Paths or file URLs: `ONHOOK_END_FUNCTIONS`, split at commas. */
  readonly modules: readonly string[];
  /** Where relative paths begin. */
  readonly folder: string;
  /** Ours; functions see the basics (PATH, HOME, …) and what `allowedVariables` names. */
  readonly environment: Environment;
  /** `ONHOOK_END_FUNCTION_ENV`, split at commas. */
  readonly allowedVariables?: readonly string[];
  /** The shipped functions that are configured. */
  readonly shipped?: ShippedOptions;
  /** For the shipped `publish`. */
  readonly publisher?: Publisher;
  /** By name: what the configuration puts over a manifest. */
  readonly settings?: Readonly<Record<string, FunctionSettings>>;
  /** What functions say. The texts may hold personal data. Must not throw. */
  readonly onLog?: (line: FunctionLog) => void;
}

function missing(name: string): Outcome {
  return { result: 'fatal', code: 'function_missing', detail: `no end function named ${name} is configured` };
}

/**
 * Loads and checks everything, so that a mistake stops the start and not the first call: throws the
 * errors of `errors.ts`. Leaves no process behind when it throws.
 */
export async function createEndFunctions(options: EndFunctionsOptions): Promise<EndFunctions> {
  const { clock, modules, folder, allowedVariables = [], onLog = () => undefined } = options;
  const { memoryLimitMb = DEFAULT_MEMORY_LIMIT_MB, loadTimeoutMs = DEFAULT_LOAD_TIMEOUT_MS } = options;
  const environment = childEnvironment(options.environment, allowedVariables);
  const redact = createRedactor(options.environment, allowedVariables);
  const shipped = await createShippedFunctions(options.shipped ?? {}, {
    clock,
    publisher: options.publisher,
    onShow: (shows, { name }, input) =>
      onLog({
        functionName: name,
        callId: callIdOf(input),
        attempt: input.attempt,
        from: 'sandbox',
        message: 'not sent',
        fields: shows,
      }),
  });
  const limits = { clock, environment, redact, folder, memoryLimitMb, loadTimeoutMs };
  const own = await loadManifests(modules, limits);
  const declared = [...own, ...shipped.map(({ manifest }) => manifest)];
  const manifests: readonly EndFunctionManifest[] = withSettings(declared, options.settings ?? {});
  checkManifests(manifests);
  const runner = createRunner({ ...options, environment, redact, onLog });
  return {
    manifests: () => manifests,
    async run(name, input, { timeoutMs, signal, sandbox }) {
      const manifest = manifests.find((candidate) => candidate.name === name);
      if (manifest === undefined) return missing(name);
      const bounds = {
        timeoutMs: timeoutMs ?? manifest.timeoutMs,
        signal,
        sandbox: sandbox ?? manifest.environment === 'sandbox',
      };
      const ours = shipped.find((one) => one.manifest.name === name);
      if (ours !== undefined) return ours.run(input, bounds);
      const { module } = manifest;
      return runner.run(
        { module, name, input, timeoutMs: bounds.timeoutMs, sandbox: bounds.sandbox },
        bounds,
      );
    },
    async close() {
      await Promise.all([runner.close(), ...shipped.map((one) => one.close())]);
    },
  };
}
