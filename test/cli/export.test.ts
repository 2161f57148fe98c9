/** The machine and the tool as other programs take them. */
import { describe, expect, it } from 'vitest';
import { CALL_STATES, callMachine } from '../../machines/call/machine.ts';
import { effectMachine } from '../../machines/effect/machine.ts';
import { partitionMachine } from '../../machines/partition/machine.ts';
import { mermaid } from '../../src/cli/machine/mermaid.ts';
import { allNodes } from '../machines/exploration.ts';
import { runCli } from './run-cli.ts';

interface Printed {
  readonly tool: Record<string, unknown>;
  readonly instruction: string;
}

async function toolOf(format: string): Promise<Printed> {
  return JSON.parse((await runCli(['tool-def', '--format', format])).stdout) as Printed;
}

describe('machine export', () => {
  it('prints the machine with its six states as JSON', async () => {
    const { code, stdout } = await runCli(['machine', 'export', '--format', 'json']);
    expect(code).toBe(0);
    const { id, states } = JSON.parse(stdout) as { id: string; states: object };
    expect(id).toBe('call');
    expect(Object.keys(states)).toEqual(CALL_STATES);
  });

  it('draws it as a Mermaid diagram: each state, its sub-states and its ways out', async () => {
    const { stdout } = await runCli(['machine', 'export', '--format', 'mermaid']);
    const [first, ...lines] = stdout.trimEnd().split('\n');
    expect(first).toBe('stateDiagram-v2');
    for (const state of CALL_STATES) expect(stdout).toContain(`state "${state}" as`);
    expect(lines).toContain('  [*] --> active');
    expect(lines).toContain('  closed --> [*]');
    expect(stdout).toMatch(/draining\w* --> terminating : .*mark\.echoed/);
  });

  it.each([
    ['call', callMachine],
    ['effect', effectMachine],
    ['partition', partitionMachine],
  ] as const)('draws the %s as SVG, each state once, for light and for dark', async (name, machine) => {
    const { code, stdout } = await runCli(['machine', 'export', '--format', 'svg', '--machine', name]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(stdout).toContain('prefers-color-scheme: dark');
    const shown = [...stdout.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map(([, text]) => text);
    const leaves = allNodes(machine).filter(
      ({ states, parent }) => parent && Object.keys(states).length === 0,
    );
    const drawn = [...stdout.matchAll(/<title>([a-z.-]+)[\n<]/g)].map(([, path]) => path);
    for (const { path } of leaves) {
      if (path.length > 1 || name !== 'call')
        expect(drawn.filter((one) => one === path.join('.'))).toHaveLength(1);
      else expect(shown).toContain(path[0]);
    }
    for (const state of Object.keys(machine.states)) expect(shown).toContain(state);
  });

  it('knows siblings, children, ids, guards, delays and regions', () => {
    const chart = {
      id: 'c',
      initial: 'one',
      states: {
        one: {
          initial: 'x',
          on: { go: '#c.two.left', stay: { actions: 'note' } },
          states: { x: { on: { in: 'y' } }, y: {} },
        },
        two: {
          type: 'parallel',
          after: { limitMs: [{ target: 'done', guard: 'isLate' }, { target: 'one' }] },
          states: { left: {}, right: {} },
        },
        done: { type: 'final' },
      },
    };
    expect(mermaid(chart).trimEnd().split('\n')).toEqual([
      'stateDiagram-v2',
      '  [*] --> one',
      '  state "one" as one {',
      '    [*] --> one__x',
      '    state "x" as one__x',
      '    state "y" as one__y',
      '  }',
      '  state "two" as two {',
      '    state "left" as two__left',
      '    --',
      '    state "right" as two__right',
      '  }',
      '  state "done" as done',
      '  done --> [*]',
      '  one --> two__left : go',
      '  one__x --> one__y : in',
      '  two --> done : after limitMs [isLate]',
      '  two --> one : after limitMs',
    ]);
  });
});

describe('tool-def', () => {
  it.each(['openai', 'openai-realtime', 'anthropic', 'mcp', 'livekit', 'pipecat', 'vapi'])(
    'is end_call in the form of %s, and asks for no argument',
    async (format) => {
      const { tool, instruction } = await toolOf(format);
      const named = (tool['function'] ?? tool) as Record<string, unknown>;
      expect(named['name']).toBe('end_call');
      expect(named['description']).toMatch(/^Ends the current phone call\./);
      const schema = (named['parameters'] ?? named['input_schema'] ?? named['inputSchema'] ?? named) as {
        properties: Record<string, unknown>;
        required: unknown[];
      };
      expect(Object.keys(schema.properties)).toEqual(['reason', 'farewell']);
      expect(schema.required).toEqual([]);
      expect(instruction).toContain('end_call');
    },
  );

  it('appends a description, and leaves the farewell out for a gateway that cannot speak a text', async () => {
    const { stdout } = await runCli([
      'tool-def',
      '--extra-description',
      'Not while a form is open.',
      '--no-farewell',
    ]);
    const { function: tool } = (JSON.parse(stdout) as { tool: { function: Record<string, unknown> } }).tool;
    expect(tool['description']).toMatch(/disconnects\.\nNot while a form is open\.$/);
    expect(tool['parameters']).toMatchObject({ properties: { reason: {} } });
    expect(stdout).not.toContain('"farewell"');
  });
});
