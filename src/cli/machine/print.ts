/** What `onhook machine export` prints, and the page of the documentation that shows the diagram. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callMachine } from '../../../machines/call/machine.ts';
import { effectMachine } from '../../../machines/effect/machine.ts';
import { partitionMachine } from '../../../machines/partition/machine.ts';
import { createOutput } from '../output.ts';
import type { Chart } from './chart.ts';
import { mermaid, mermaidOverview } from './mermaid.ts';
import { machineTypeScript } from './typescript.ts';

const MACHINES = { call: callMachine, effect: effectMachine, partition: partitionMachine } as const;

/** Which machine is written down. */
export type MachineName = keyof typeof MACHINES;

/** The machine as Stately Studio imports it: named actions, guards and delays, no code. */
function machineJson(name: MachineName): unknown {
  return JSON.parse(JSON.stringify(MACHINES[name].config));
}

/** Drawn by `npm run docs`, shipped beside the code: the layout engine is no dependency of the command. */
function machineSvg(name: MachineName): string {
  return readFileSync(join(import.meta.dirname, `../../../docs/diagrams/${name}.svg`), 'utf8');
}

function textOf(format: string, name: MachineName): [field: string, text: string] {
  if (format === 'svg') return ['svg', machineSvg(name)];
  if (format === 'mermaid') return ['mermaid', mermaid(machineJson(name) as Chart)];
  return ['typescript', machineTypeScript(machineJson(name), MACHINES[name].implementations)];
}

/** Format and name were checked by the command line. With `--json` a text is a JSON string. */
export function print(format: string, name: MachineName, json: boolean): void {
  if (format === 'json') return createOutput(true).data(machineJson(name), () => '');
  const [field, text] = textOf(format, name);
  createOutput(json).data({ [field]: text }, () => text);
}

/** docs/states.md, whole. */
export function statesMarkdown(): string {
  const chart = machineJson('call') as Chart;
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
