/** The calls of the stub and the rules by which a request changes them. */
import type { Clock, TimerHandle } from '../../clock/clock.ts';
import { hasEnded, newCall, withStatus } from './call.ts';
import type { StubCall, StubCallOptions, StubCallStatus } from './call.ts';

export class CallStore {
  readonly calls = new Map<string, StubCall>();
  /** Twilio's largest page of a list; smaller to make several of few calls. */
  pageMax = 1_000;
  /** Told after each change; `byRequest` when a request ended the call. */
  onStatus: (call: StubCall, byRequest: boolean) => void = () => {};
  private readonly childrenOf = new Map<string, string[]>();
  private readonly late = new Set<TimerHandle>();
  private readonly defaultAccountSid: string;
  private readonly clock: Clock;

  constructor(defaultAccountSid: string, clock: Clock) {
    this.defaultAccountSid = defaultAccountSid;
    this.clock = clock;
  }

  add(options: StubCallOptions): StubCall {
    const call = newCall(options, this.defaultAccountSid, this.clock.now());
    this.calls.set(call.sid, call);
    if (call.parentCallSid !== undefined) {
      const siblings = this.childrenOf.get(call.parentCallSid) ?? [];
      this.childrenOf.set(call.parentCallSid, [...siblings, call.sid]);
    }
    return call;
  }

  children(parentCallSid: string): StubCall[] {
    return (this.childrenOf.get(parentCallSid) ?? []).flatMap((sid) => this.calls.get(sid) ?? []);
  }

  setStatus(callSid: string, status: StubCallStatus, byRequest = false): void {
    const call = this.calls.get(callSid);
    if (call === undefined || call.status === status || hasEnded(call)) return;
    const next = withStatus(call, status, this.clock.now());
    this.calls.set(callSid, next);
    this.onStatus(next, byRequest);
    // A bridged leg does not outlive its parent.
    if (hasEnded(next)) for (const child of this.children(callSid)) this.setStatus(child.sid, 'completed');
  }

  /**
   * `Status=canceled` ends queued and ringing calls and leaves others as they are; `completed` ends any.
   * Source: Twilio, "Modifying live calls".
   */
  hangUp(call: StubCall, wanted: 'canceled' | 'completed'): void {
    const unanswered = call.status === 'queued' || call.status === 'ringing';
    if (hasEnded(call) || (wanted === 'canceled' && !unanswered) || call.hangupLag === 'never') return;
    const act = (): void => this.setStatus(call.sid, unanswered ? 'canceled' : 'completed', true);
    if (call.hangupLag === undefined) return act();
    const timer = this.clock.after(call.hangupLag, () => {
      this.late.delete(timer);
      act();
    });
    this.late.add(timer);
  }

  cancelLateHangups(): void {
    for (const timer of this.late) timer.cancel();
    this.late.clear();
  }
}
