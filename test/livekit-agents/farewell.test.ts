/** Which utterance is the goodbye, with a realtime model that answers its tools by itself: a new one, or none. */
import { EventEmitter } from 'node:events';
import { llm, voice } from '@livekit/agents';
import { expect, it } from 'vitest';
import type { GatewayCall } from '../../src/gateway/index.ts';
import { followFarewell } from '../../src/livekit-agents/farewell.ts';
import type { Session } from '../../src/livekit-agents/options.ts';
import './world.ts';

class Realtime extends llm.RealtimeModel {
  constructor(autoToolReplyGeneration: boolean) {
    super({ autoToolReplyGeneration } as llm.RealtimeCapabilities);
  }
  get model(): string {
    return 'realtime';
  }
  session(): llm.RealtimeSession {
    throw new TypeError('never opened here');
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The session's events and its model; speech handles are real. */
function stage(autoToolReplyGeneration: boolean) {
  const events = new EventEmitter();
  const model = new Realtime(autoToolReplyGeneration);
  const session = Object.assign(events, {
    currentAgent: { getActivityOrThrow: () => ({ llm: model }) },
  }) as unknown as Session;
  const told: string[] = [];
  const call = {
    publish: (type: string, data: object) => void told.push(`${type} ${JSON.stringify(data)}`),
  } as unknown as GatewayCall;
  const toolSpeech = voice.SpeechHandle.create();
  followFarewell(session, { speechHandle: toolSpeech } as voice.RunContext, call);
  const played = async (speech: voice.SpeechHandle): Promise<void> => {
    // What LiveKit's own scheduler does when an utterance is over.
    speech['_markDone']();
    await speech.waitForPlayout();
  };
  return { events, told, toolSpeech, played };
}

it('is the next utterance when the model makes it by itself; the one that called the tool is not', async () => {
  const { events, told, toolSpeech, played } = stage(true);
  events.emit('speech_created', { speechHandle: toolSpeech });
  await played(toolSpeech);
  expect(told).toEqual([]);
  const goodbye = voice.SpeechHandle.create();
  events.emit('speech_created', { speechHandle: goodbye });
  events.emit('agent_state_changed', { newState: 'thinking' });
  events.emit('agent_state_changed', { newState: 'speaking' });
  await played(goodbye);
  expect(told).toEqual([
    `farewell.started {"utteranceId":"${goodbye.id}"}`,
    `farewell.finished {"utteranceId":"${goodbye.id}","interrupted":false}`,
  ]);
});

it('is never told when the model makes none: the timer of onhook ends the wait (field rule 9)', async () => {
  const { told, toolSpeech, played } = stage(true);
  await played(toolSpeech);
  expect(told).toEqual([]);
});

it('is the utterance that called the tool for every other model, and an interruption is told', async () => {
  const { told, toolSpeech, played } = stage(false);
  toolSpeech.interrupt();
  await played(toolSpeech);
  expect(told).toEqual([`farewell.finished {"utteranceId":"${toolSpeech.id}","interrupted":true}`]);
});
