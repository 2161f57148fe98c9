/**
 * Plays a script: the turns, then the goodbye. It knows neither Twilio nor LiveKit, only what any
 * agent can do.
 */
import type { JsonObject } from '../../contract/json.ts';
import type { EndRequest, GatewayEvents } from '../../gateway/index.ts';
import type { Pace } from './pace.ts';
import type { DemoScript, Turn } from './script.ts';
import { spokenMs, voiceOf } from './voice.ts';

/** What an agent says and reports; a `MediaStream` is one. */
export interface Line {
  sendAudio(audio: Uint8Array): unknown;
  agentSpoke(): void;
  callerSpoke(text: string, final: boolean): void;
  transcript(role: string, text: string): void;
  state(patch: JsonObject): void;
  endCall(request: EndRequest): void;
  farewellStarted(farewell: GatewayEvents['farewell.started']): void;
  farewellFinished(farewell: GatewayEvents['farewell.finished']): void;
}

/** A model needs this long to answer its tool. */
const THINKING_MS = 200;

/** Between two people who speak. */
const BREATH_MS = 150;

/** From the first word to the first word of the goodbye, in ms. */
export function goodbyeAfterMs({ turns, farewell }: DemoScript): number {
  const talkMs = turns.reduce((sum, { text }) => sum + spokenMs(text) + BREATH_MS, 0);
  return talkMs + (farewell === 'reply' ? THINKING_MS : 0);
}

/** Resolves when the agent has done its part; onhook does the rest. */
export async function converse(line: Line, script: DemoScript, pace: Pace): Promise<void> {
  for (const turn of script.turns) await take(line, turn, pace);
  const toolCallId = `call_${script.name}`;
  if (script.farewell === 'spoken') {
    sayGoodbye(line, script);
    line.endCall({ by: 'agent', reason: script.reason, farewell: 'spoken', toolCallId });
    return;
  }
  line.endCall({ by: 'agent', reason: script.reason, farewell: 'reply', toolCallId });
  await pace.pause(THINKING_MS);
  const utteranceId = `goodbye-${script.name}`;
  line.farewellStarted({ utteranceId, expectedMs: spokenMs(script.goodbye) });
  sayGoodbye(line, script);
  line.farewellFinished({ utteranceId, audioMs: spokenMs(script.goodbye) });
}

async function take(line: Line, turn: Turn, pace: Pace): Promise<void> {
  if (turn.who === 'agent') {
    line.sendAudio(voiceOf(turn.text));
    line.agentSpoke();
  }
  await pace.pause(spokenMs(turn.text));
  if (turn.who === 'caller') line.callerSpoke(turn.text, true);
  line.transcript(turn.who, turn.text);
  if (turn.learned !== undefined) line.state(turn.learned);
  await pace.pause(BREATH_MS);
}

/** All at once, as text-to-speech does: the carrier buffers it and plays it in its own time. */
function sayGoodbye(line: Line, script: DemoScript): void {
  line.sendAudio(voiceOf(script.goodbye));
  line.agentSpoke();
  line.transcript('agent', script.goodbye);
}
