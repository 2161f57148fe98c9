/** What `onhook tool-def` prints: JSON, with `--json` and without. */
import { END_CALL_INSTRUCTION, endCallTool } from '../contract/end-call-tool.ts';
import type { ToolFormat } from '../contract/end-call-tool.ts';
import { createOutput } from './output.ts';

/** The format was checked by the command line. */
export function print(format: string): void {
  const printed = { tool: endCallTool(format as ToolFormat), instruction: END_CALL_INSTRUCTION };
  createOutput(true).data(printed, () => '');
}
