/**
 * The giving up of one attempt. An `AbortSignal` is made only when somebody asks for it: making one and
 * listening to it costs more than the fold of a message, and most attempts are never given up.
 */

export class Cancellation {
  private cancelled = false;
  private controller: AbortController | undefined;
  private listeners: Set<() => void> | undefined;

  get isCancelled(): boolean {
    return this.cancelled;
  }

  /** Somebody wants to know: through {@link signal} or {@link onCancel}. */
  get isHeard(): boolean {
    return this.controller !== undefined || (this.listeners?.size ?? 0) > 0;
  }

  /** For clients that take one; always the same. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.cancelled) this.controller.abort();
    }
    return this.controller.signal;
  }

  /** `run` once, and now if it was cancelled already. */
  onCancel(run: () => void): void {
    if (this.cancelled) run();
    else (this.listeners ??= new Set()).add(run);
  }

  /** `run` is not wanted any more. */
  forget(run: () => void): void {
    this.listeners?.delete(run);
  }

  /** Idempotent. */
  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    for (const run of this.listeners ?? []) run();
    this.listeners = undefined;
    this.controller?.abort();
  }

  /** Whoever gave the attempt up may no longer own the call: between two requests of one attempt. */
  throwIfCancelled(): void {
    if (this.cancelled) this.signal.throwIfAborted();
  }
}
