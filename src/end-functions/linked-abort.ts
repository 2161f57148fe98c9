/**
 * One attempt's own abort, linked to a signal that may live much longer. On Node 20 `AbortSignal.any`
 * keeps some memory per use for as long as its longest source lives.
 */

export interface LinkedAbort {
  readonly controller: AbortController;
  /** Unlinks. Call when the attempt is over. */
  readonly release: () => void;
}

/** A controller that aborts with `signal`, at once if that is aborted already, until it is released. */
export function linkedAbort(signal: AbortSignal): LinkedAbort {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return { controller, release: () => signal.removeEventListener('abort', abort) };
}
