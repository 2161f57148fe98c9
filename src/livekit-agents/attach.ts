/** Puts onhook beside an AgentSession of LiveKit Agents: facts go out, and in own mode commands come in. */
import { getJobContext, voice } from '@livekit/agents';
import { createEndCallTool } from '../gateway/index.ts';
import type { GatewayCall } from '../gateway/index.ts';
import { commandHandlers } from './commands.ts';
import { ownEndCallTool, watchedEndCallTool } from './end-call.ts';
import { publishFacts } from './facts.ts';
import type { Ending } from './facts.ts';
import type { AttachedSession, AttachOptions, Job, Session } from './options.ts';
import { Playout } from './playout.ts';

/** There is no job around, and neither a call id nor legs were given. */
export class JobRequired extends Error {
  readonly code = 'job_required';
  constructor() {
    super('attachAgentSession runs outside of a job: give `job`, the JobContext of your entrypoint');
    this.name = 'JobRequired';
  }
}

/**
 * Opens the call and publishes `call.started`. Call it once per session, before `session.start`, and
 * give `endCallTool` to the agent. Throws {@link JobRequired}.
 */
export function attachAgentSession<UserData>(
  session: voice.AgentSession<UserData>,
  options: AttachOptions,
): AttachedSession {
  // User data is the agent's own affair; nothing here touches it.
  const watched = session as unknown as Session;
  const { client, mode = 'own', job = getJobContext(false), endCall = {}, traceparent } = options;
  if (job === undefined) throw new JobRequired();
  const ending: Ending = { closing: false };
  const playout = new Playout(() => call.publish('playback.cleared'));
  const asked = createEndCallTool({
    clock: client.clock,
    farewell: 'reply',
    ...pick(endCall),
  });
  const handlers = commandHandlers({ session: watched, job, playout, ending, call: () => call });
  const own = mode === 'own';
  const call: GatewayCall = client.call(
    options.callId ?? `${roomOf(job).name}-${job.job.id}`,
    own ? { handlers, endCall: asked, traceparent } : { traceparent },
  );
  start(call, job, options, watched);
  publishFacts(watched, call, { mode }, ending);
  watched.on(voice.AgentSessionEventTypes.SpeechCreated, ({ speechHandle }) => playout.add(speechHandle));
  const locked = (options.policy?.bargeIn ?? 'lock') === 'lock';
  const endCallTool = own
    ? ownEndCallTool({ session: watched, call, asked, locked, options: endCall })
    : watchedEndCallTool(watched, call, endCall);
  return { call, endCallTool };
}

function start(call: GatewayCall, job: Job, options: AttachOptions, session: Session): void {
  const { client: _client, job: _job, callId: _callId, traceparent: _traceparent, ...given } = options;
  const { mode = 'own', endCall = {}, ...details } = given;
  const { deleteRoom = true } = endCall;
  call.publish('call.started', {
    ...details,
    provider: 'livekit',
    legs: { room: roomOf(job) },
    capabilities: {
      marks: true,
      clear: true,
      farewell: true,
      farewellEvents: true,
      endCancelled: true,
      say: session.tts !== undefined,
      ...details.capabilities,
    },
    policy: { deleteRoom, ...details.policy, mode },
  });
}

function roomOf({ job: { room } }: Job): { name: string; sid?: string } {
  const { name = '', sid = '' } = room ?? {};
  return { name, ...(sid === '' ? {} : { sid }) };
}

function pick({ endInstructions, guard, ackTimeoutMs }: NonNullable<AttachOptions['endCall']>) {
  return {
    ...(endInstructions === undefined ? {} : { endInstructions }),
    ...(guard === undefined ? {} : { guard }),
    ...(ackTimeoutMs === undefined ? {} : { ackTimeoutMs }),
  };
}
