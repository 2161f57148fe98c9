/** Why onhook refuses to start with these end functions: one class per cause, each naming the cure. */

/** A definition given to `defineEndFunction` is not valid. */
export class EndFunctionInvalidError extends Error {
  override readonly name = 'EndFunctionInvalidError';
  readonly code = 'end_function_invalid';
  constructor(problems: string) {
    super(`This end function is not valid; correct its definition:\n${problems}`);
  }
}

/** A module listed in `ONHOOK_END_FUNCTIONS` cannot be imported, or does not come back from its import. */
export class EndFunctionModuleError extends Error {
  override readonly name = 'EndFunctionModuleError';
  readonly code = 'end_function_module_failed';
  readonly module: string;
  constructor(module: string, reason: string) {
    super(`The module ${module} of ONHOOK_END_FUNCTIONS could not be loaded: ${reason}`);
    this.module = module;
  }
}

/** A listed module exports no end function. */
export class NoEndFunctionError extends Error {
  override readonly name = 'NoEndFunctionError';
  readonly code = 'end_function_none_found';
  readonly module: string;
  constructor(module: string) {
    super(
      `The module ${module} exports no end function. Export what defineEndFunction({name, version, run}) ` +
        'returns, or a function named end_function.',
    );
    this.module = module;
  }
}

/** Two functions have one name: their results could not be told apart. */
export class EndFunctionDuplicateError extends Error {
  override readonly name = 'EndFunctionDuplicateError';
  readonly code = 'end_function_duplicate';
  constructor(functionName: string, modules: readonly [string, string]) {
    super(
      `Two end functions are named ${functionName} (${modules.join(' and ')}). ` +
        'Give each its own name with defineEndFunction({name, …}).',
    );
  }
}

/** An `after` names a function that does not exist. */
export class EndFunctionAfterUnknownError extends Error {
  override readonly name = 'EndFunctionAfterUnknownError';
  readonly code = 'end_function_after_unknown';
  constructor(functionName: string, after: string, known: readonly string[]) {
    super(
      `The end function ${functionName} waits for ${after}, which does not exist. Correct its "after", ` +
        `or add the module that defines ${after}. Known: ${known.join(', ')}.`,
    );
  }
}

/** Functions wait for each other in a circle: none of them would ever start. */
export class EndFunctionCycleError extends Error {
  override readonly name = 'EndFunctionCycleError';
  readonly code = 'end_function_after_cycle';
  constructor(circle: readonly string[]) {
    super(`End functions wait for each other: ${circle.join(' → ')}. Remove one "after" of the circle.`);
  }
}

/** The configured webhook cannot work. Never repeats the URL's credentials or the secret. */
export class WebhookConfigError extends Error {
  override readonly name = 'WebhookConfigError';
  readonly code = 'webhook_config_invalid';
}

/** A shipped function cannot work as it is configured. Never repeats a secret. */
export class ShippedConfigError extends Error {
  override readonly name = 'ShippedConfigError';
  readonly code = 'shipped_function_invalid';
  readonly functionName: string;
  constructor(functionName: string, problem: string) {
    super(`The shipped end function ${functionName} cannot work: ${problem}`);
    this.functionName = functionName;
  }
}

/** The configuration's `functions` names one that does not exist: its settings would be lost. */
export class EndFunctionUnknownError extends Error {
  override readonly name = 'EndFunctionUnknownError';
  readonly code = 'end_function_unknown';
  constructor(functionName: string, known: readonly string[]) {
    super(
      `functions.${functionName} of the configuration names no end function. Correct the name, or add the ` +
        `module that defines it. Known: ${known.join(', ') || 'none'}.`,
    );
  }
}
