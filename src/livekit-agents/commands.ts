/** onhook's commands, obeyed by an AgentSession. Own mode only: in the others onhook asks for nothing. */
import { CommandRefused, END_CANCELLED_INSTRUCTION } from '../gateway/index.ts';
import type { CommandHandlers, GatewayCall } from '../gateway/index.ts';
import type { Ending } from './facts.ts';
import { follow } from './farewell.ts';
import type { Job, Session } from './options.ts';
import type { Playout } from './playout.ts';

export interface Commanded {
  readonly session: Session;
  readonly job: Job | undefined;
  readonly playout: Playout;
  readonly ending: Ending;
  /** The call is opened with these handlers, so it is asked for when one runs. */
  readonly call: () => GatewayCall;
}

export function commandHandlers({ session, job, playout, ending, call }: Commanded): CommandHandlers {
  return {
    mark: ({ name }) => {
      void playout.drained().then((whole) => {
        if (whole) call().publish('mark.echoed', { name });
      });
    },
    clear: async () => {
      await stopSpeaking(session);
      call().publish('playback.cleared');
    },
    say: ({ text, utteranceId }) => {
      if (session.tts === undefined) throw new CommandRefused('no_tts');
      const speech = session.say(text, { allowInterruptions: false });
      playout.add(speech);
      follow(session, speech, call(), utteranceId);
    },
    farewell: ({ instructions, utteranceId }) => {
      const speech = session.generateReply({
        toolChoice: 'none',
        allowInterruptions: false,
        ...(instructions === undefined ? {} : { instructions }),
      });
      playout.add(speech);
      follow(session, speech, call(), utteranceId);
    },
    'end-cancelled': () => tellTheModel(session, END_CANCELLED_INSTRUCTION),
    close: ({ reason = 'call ended' }) => {
      ending.closing = true;
      session.shutdown({ drain: false, reason });
      job?.shutdown(reason);
    },
  };
}

/** Nothing plays, or what plays may not be interrupted: then nothing is to be dropped. */
async function stopSpeaking(session: Session): Promise<void> {
  await session.interrupt({ force: true }).await;
}

async function tellTheModel({ currentAgent }: Session, content: string): Promise<void> {
  const context = currentAgent.chatCtx.copy();
  context.addMessage({ role: 'system', content });
  await currentAgent.updateChatCtx(context);
}
