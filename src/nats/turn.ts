/** What one turn of the event loop sends, gathered: one write takes it all, since each costs a system call. */

/** Of one connection. */
export class Turn {
  private sends: (() => void)[] = [];

  /** Runs `send` at the end of this turn, after what was added before it. */
  add(send: () => void): void {
    if (this.sends.push(send) === 1) setImmediate(() => this.end());
  }

  /** Runs at once what waits: for what must not come before it. May run twice. */
  end(): void {
    if (this.sends.length === 0) return;
    const { sends } = this;
    this.sends = [];
    for (const send of sends) send();
  }
}
