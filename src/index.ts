/** `onhook`: what the author of end functions imports, and the shapes of what onhook writes. */
export type { CallRecord } from './contract/call-record.ts';
export type { CommandBodies, CommandHeader, CommandReply } from './contract/commands.ts';
export { END_CALL_INSTRUCTION, endCallTool } from './contract/end-call-tool.ts';
export type { ToolFormat } from './contract/end-call-tool.ts';
export type { Json, JsonObject } from './contract/json.ts';
export { defineEndFunction, TerminalError } from './end-functions/define.ts';
export type {
  EndFunction,
  EndFunctionContext,
  EndFunctionDefinition,
  EndFunctionResult,
} from './end-functions/define.ts';
export type { EndFunctionInput, RetryPolicy, TranscriptLine } from './end-functions/end-function.ts';
