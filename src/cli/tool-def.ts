/** What `onhook tool-def` prints: JSON, with `--json` and without. */
import { END_CALL_INSTRUCTION, endCallTool } from '../contract/end-call-tool.ts';
import type { EndCallToolShape, ToolFormat } from '../contract/end-call-tool.ts';
import { createOutput } from './output.ts';

/** The format was checked by the command line. */
export function print(format: string, shape: EndCallToolShape): void {
  const printed = { tool: endCallTool(format as ToolFormat, shape), instruction: END_CALL_INSTRUCTION };
  createOutput(true).data(printed, () => '');
}
