/**
 * One synthetic call, as a gateway without any media plays it: it starts, asks for its end after the
 * farewell was spoken, echoes the mark when the farewell would have played, and closes when told.
 */
import type { Clock } from '../../clock/clock.ts';
import type { CallPolicy, GatewayClient } from '../../gateway/index.ts';

export interface CallPlan {
  readonly talkMs: number;
  readonly farewellMs: number;
  readonly policy?: CallPolicy;
}

/** Instants on the monotonic clock; absent until they happened. */
export interface CallTimes {
  requestedAt?: number;
  echoedAt?: number;
  /** The hangup reached the carrier, where that can be seen. */
  hungUpAt?: number;
  /** onhook told the session to close. */
  sessionClosedAt?: number;
  /** `call.closed` of the live feed. */
  closedAt?: number;
  /** Code with which onhook would not take the call. */
  refused?: string;
  /** Ends the call now, as its gateway. May run twice. */
  stop(): void;
}

/** Starts the call and goes on by itself. `times` fills up; `onSessionClosed` runs once at most. */
export function placeCall(
  client: GatewayClient,
  callSid: string,
  plan: CallPlan,
  onSessionClosed: () => void,
): CallTimes {
  const { clock } = client;
  const times: CallTimes = {
    stop: () => {
      talk.cancel();
      call.publish('call.ended', { by: 'worker_shutdown' });
    },
  };
  const call = client.call(callSid, {
    handlers: {
      mark: ({ name }) => {
        const playedAt = Math.max(clock.monotonic(), (times.requestedAt ?? 0) + plan.farewellMs);
        wait(clock, playedAt, () => {
          times.echoedAt = clock.monotonic();
          call.publish('mark.echoed', { name });
        });
        return { audioMs: Math.round(Math.max(0, playedAt - clock.monotonic())) };
      },
      'call-refused': ({ code }) => void (times.refused = code),
      close: () => {
        if (times.sessionClosedAt !== undefined) return;
        times.sessionClosedAt = clock.monotonic();
        call.close();
        onSessionClosed();
      },
    },
  });
  call.publish('call.started', {
    provider: 'twilio',
    legs: { carrier: { callSid } },
    direction: 'inbound',
    capabilities: { marks: true },
    state: { simulated: true },
    ...(plan.policy === undefined ? {} : { policy: plan.policy }),
  });
  const talk = clock.after(plan.talkMs, () => {
    times.requestedAt = clock.monotonic();
    call.publish('end.requested', { by: 'agent', reason: 'simulated', farewell: 'spoken' });
  });
  return times;
}

function wait(clock: Clock, until: number, run: () => void): void {
  clock.after(Math.max(0, until - clock.monotonic()), run);
}
