/**
 * Finds the utterance that is the goodbye. A pipeline speaks its tool reply on the handle that called
 * the tool; a realtime model that answers tools by itself makes a new one, and sometimes none at all
 * (field rule 9): then onhook's own timer ends the wait.
 */
import { llm, voice } from '@livekit/agents';
import type { GatewayCall } from '../gateway/index.ts';
import type { Session } from './options.ts';

const { SpeechCreated, AgentStateChanged } = voice.AgentSessionEventTypes;

/** Tells onhook when the goodbye starts and ends. To be called while the tool runs. */
export function followFarewell(session: Session, context: voice.RunContext, call: GatewayCall): void {
  if (!answersToolsItself(session)) return follow(session, context.speechHandle, call);
  const onSpeech = ({ speechHandle }: voice.SpeechCreatedEvent): void => {
    if (speechHandle === context.speechHandle) return;
    session.off(SpeechCreated, onSpeech);
    follow(session, speechHandle, call);
  };
  session.on(SpeechCreated, onSpeech);
}

/** Also for an utterance that onhook asked for, whose id it chose. */
export function follow(
  session: Session,
  speech: voice.SpeechHandle,
  call: GatewayCall,
  utteranceId = speech.id,
): void {
  const onState = ({ newState }: voice.AgentStateChangedEvent): void => {
    if (newState !== 'speaking') return;
    session.off(AgentStateChanged, onState);
    call.publish('farewell.started', { utteranceId });
  };
  session.on(AgentStateChanged, onState);
  speech.addDoneCallback(() => {
    session.off(AgentStateChanged, onState);
    call.publish('farewell.finished', { utteranceId, interrupted: speech.interrupted });
  });
}

function answersToolsItself({ currentAgent }: Session): boolean {
  const model = currentAgent.getActivityOrThrow().llm;
  return model instanceof llm.RealtimeModel && model.capabilities.autoToolReplyGeneration;
}
