/** What is wrong with a configuration. All problems are reported at once, each with its cure. */

/** Stable names of the rules that a configuration can break. */
export type ConfigRule =
  | 'unknown-key'
  | 'invalid-value'
  | 'timer-range'
  | 'farewell-start-within-farewell'
  | 'checkpoint-within-lease'
  | 'lifetime-above-max-call'
  | 'log-outlives-calls'
  | 'half-configured-provider'
  | 'admin-token-required'
  | 'nats-open'
  | 'file-unreadable'
  | 'file-syntax'
  | 'secret-unreadable'
  | 'secret-given-twice';

export interface ConfigProblem {
  /** Dotted path of the setting, as in the configuration file; '' for the file itself. */
  readonly path: string;
  readonly rule: ConfigRule;
  /** Never holds a value that may be secret. */
  readonly message: string;
  readonly cure: string;
}

/** The configuration is refused. The command exits 78 (EX_CONFIG); trying again changes nothing. */
export class ConfigError extends Error {
  readonly code = 'bad_configuration';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ path, rule, message, cure }) => {
      return `  ${path === '' ? 'configuration' : path}: ${message} (rule ${rule})\n    ${cure}`;
    });
    super(`the configuration is refused:\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
