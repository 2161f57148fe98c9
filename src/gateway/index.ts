/** `onhook/gateway`: what the author of a voice gateway imports. */
export { connectGateway } from './client.ts';
export type { CallOptions, GatewayClient, GatewayOptions } from './client.ts';
export type { GatewayCall } from './call.ts';
export { END_CALL_INSTRUCTION, endCallTool } from '../contract/end-call-tool.ts';
export type { EndCallToolShape, ToolFormat } from '../contract/end-call-tool.ts';
export { END_CANCELLED_INSTRUCTION, endCallResult } from './end-call/answer.ts';
export type { EndCallAnswer, EndCallStatus } from './end-call/answer.ts';
export type { EndCallArguments } from './end-call/arguments.ts';
export type { EndCallInvocation, EndCallToolOptions } from './end-call/options.ts';
export { createEndCallTool } from './end-call/tool.ts';
export type { EndCallTool, ExecuteOptions } from './end-call/tool.ts';
export type { CommandBody, CommandHandlers, Commands, Verb } from './command-desk.ts';
export { CommandRefused, InvalidGatewayName } from './errors.ts';
export type { GatewayProblem, GatewayProblemCode, OnProblem } from './errors.ts';
export type {
  CallDetails,
  CallPolicy,
  Capabilities,
  EndBy,
  EndRequest,
  FarewellKind,
  GatewayEvents,
  GatewayEventType,
  Legs,
} from './events.ts';
export { attachTwilioMediaStream } from './media-stream/attach.ts';
export type { MediaStreamOptions } from './media-stream/options.ts';
export type { MediaStream } from './media-stream/media-stream.ts';
export type { MediaStreamStart } from './media-stream/messages.ts';
export type { MediaSocket } from './media-stream/socket.ts';
