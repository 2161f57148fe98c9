/** `onhook/livekit-agents`: for jobs of LiveKit Agents. Needs the package `@livekit/agents`. */
export { attachAgentSession, JobRequired } from './attach.ts';
export type { AttachedSession, AttachOptions, EndCallOptions, Job } from './options.ts';
