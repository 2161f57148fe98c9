/**
 * The demo's agent in a LiveKit room: no WebSocket, only the generic client. LiveKit has no marks,
 * so the agent echoes one when its own playout is done, as the contract says.
 */
import type { Clock } from '../../clock/clock.ts';
import type { GatewayClient } from '../../gateway/index.ts';
import type { Line } from './conversation.ts';
import type { DemoScript } from './script.ts';

/** mu-law at 8 kHz. */
const BYTES_PER_MS = 8;

export interface RoomAgent {
  readonly line: Line;
  /** Resolves when onhook has closed the session. */
  readonly closed: Promise<void>;
}

export function joinRoom(client: GatewayClient, callId: string, script: DemoScript, clock: Clock): RoomAgent {
  let playedUntil = clock.monotonic();
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (close = resolve));
  const call = client.call(callId, {
    handlers: {
      mark: ({ name }) => {
        const audioMs = Math.round(Math.max(0, playedUntil - clock.monotonic()));
        clock.after(audioMs, () => call.publish('mark.echoed', { name }));
        return { audioMs };
      },
      close: () => {
        call.close();
        close();
      },
    },
  });
  call.publish('call.started', {
    provider: 'livekit',
    legs: { room: { name: callId } },
    direction: 'inbound',
    capabilities: { marks: true, clear: false, farewellEvents: true },
    from: script.from,
    to: script.to,
    state: script.state,
    ...(script.policy === undefined ? {} : { policy: script.policy }),
  });
  const line: Line = {
    sendAudio: (audio) => {
      playedUntil = Math.max(playedUntil, clock.monotonic()) + audio.length / BYTES_PER_MS;
    },
    agentSpoke: () => call.publish('agent.spoke'),
    callerSpoke: (text, final) => call.publish('caller.spoke', { text, final }),
    transcript: (role, text) => call.publish('transcript.appended', { role, text }),
    state: (patch) => call.publish('state.patched', { patch }),
    endCall: (request) => call.publish('end.requested', request),
    farewellStarted: (farewell) => call.publish('farewell.started', farewell),
    farewellFinished: (farewell) => call.publish('farewell.finished', farewell),
  };
  return { line, closed };
}
