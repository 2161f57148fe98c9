/** The session's events as facts of the contract, in every mode. Nothing here changes the session. */
import { voice } from '@livekit/agents';
import type { GatewayCall } from '../gateway/index.ts';
import type { AttachOptions, Session } from './options.ts';

const Event = voice.AgentSessionEventTypes;

export interface Ending {
  /** onhook itself closes the session: that it closes is no news. */
  closing: boolean;
}

/** Publishes until the session closes, and `onClose` last. */
export function publishFacts(
  session: Session,
  call: GatewayCall,
  { mode = 'own' }: Pick<AttachOptions, 'mode'>,
  ending: Ending,
): void {
  session.on(Event.UserInputTranscribed, ({ transcript, isFinal }) =>
    call.publish('caller.spoke', { text: transcript, final: isFinal }),
  );
  session.on(Event.AgentStateChanged, ({ newState }) => {
    if (newState === 'speaking') call.publish('agent.spoke');
  });
  session.on(Event.ConversationItemAdded, ({ item }) => {
    if (item.type !== 'message' || item.textContent === undefined) return;
    if (item.role !== 'user' && item.role !== 'assistant') return;
    const role = item.role === 'user' ? 'caller' : 'agent';
    call.publish('transcript.appended', { role, text: item.textContent });
  });
  session.on(Event.Close, ({ reason }) => {
    if (!ending.closing) tellWhy(reason, call, mode);
    call.close();
  });
}

/**
 * In own mode a session that failed is a reason to end the line that it leaves behind; in the others
 * the job ends it, and says so.
 */
function tellWhy(reason: string, call: GatewayCall, mode: 'own' | 'backstop' | 'observe'): void {
  if (reason === 'participant_disconnected') return call.publish('caller.left', { cause: reason });
  const by = reason === 'error' ? 'ai_error' : reason === 'job_shutdown' ? 'worker_shutdown' : 'agent';
  if (mode === 'own' && by !== 'agent') {
    return call.publish('end.requested', { by, reason, farewell: 'none' });
  }
  call.publish('call.ended', { by, reason });
}
