/** What `onhook machine export` prints, and the page of the documentation that shows the diagram. */
import { callMachine } from '../../../machines/call/machine.ts';
import { createOutput } from '../output.ts';
import type { Chart } from './chart.ts';
import { mermaid, mermaidOverview } from './mermaid.ts';
import { machineTypeScript } from './typescript.ts';

/** The machine as Stately Studio imports it: named actions, guards and delays, no code. */
function machineJson(): unknown {
  return JSON.parse(JSON.stringify(callMachine.config));
}

/** The format was checked by the command line. With `--json` a text is a JSON string. */
export function print(format: string, json: boolean): void {
  if (format === 'json') return createOutput(true).data(machineJson(), () => '');
  if (format === 'ts') {
    const text = machineTypeScript(machineJson(), callMachine.implementations);
    return createOutput(json).data({ typescript: text }, () => text);
  }
  const diagram = mermaid(machineJson() as Chart);
  createOutput(json).data({ mermaid: diagram }, () => diagram);
}

/** docs/states.md, whole. */
export function statesMarkdown(): string {
  const chart = machineJson() as Chart;
  return `# States of a call

\`active\` → \`farewell-speaking\` → \`draining\` → \`terminating\` → \`post-processing\` → \`closed\`. A call never
goes back, with one exception: a cancelled end returns to \`active\` from \`farewell-speaking\` or \`draining\`.
This page is written by \`npm run docs\`; \`onhook machine export --format json\` prints the machine for
Stately Studio.

## Overview

\`\`\`mermaid
${mermaidOverview(chart)}\`\`\`

## With sub-states

What each waits for, how long, and what if it never comes, stands in \`machines/call/\`. Transitions that hold in
every state are left out.

\`\`\`mermaid
${mermaid(chart)}\`\`\`
`;
}
