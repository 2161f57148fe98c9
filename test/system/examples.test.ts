/** Every example runs by the one command that its first lines name, and says what they promise. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endWithUs } from '../../src/testing/end-with-us.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Example → what it prints, among other lines. */
const PROMISED: Readonly<Record<string, readonly RegExp[]>> = {
  '01-twilio-media-streams.mjs': [
    /^the line is down$/m,
    /farewell confirmed/,
    /carrier confirmed_by_response/,
  ],
  '02-end-call-tool.mjs': [
    /^model reads: The call was not ended: You asked the caller for a date/m,
    /^model reads: say goodbye to the user$/m,
    /^model reads: The call is already ending\./m,
    /farewell confirmed/,
  ],
  '03-any-gateway.mjs': [/farewell confirmed/, /^legs: room confirmed_by_response/m, /^the room is gone$/m],
  '04-barge-in.mjs': [
    /^model reads, about call_1: The call was not ended/m,
    /^end attempts: cancelled, accepted$/m,
  ],
  '05-twilio-facade.mjs': [/^the app reads: completed; the request was held until the goodbye was heard$/m],
  '06-observe-and-report.mjs': [
    /^3 calls only watched since/m,
    /zombie lines +1 \(33\.3 %\)/,
    /cut goodbyes +1 \(33\.3 %\)/,
    /^CAc+ .*zombie line/m,
  ],
  '07-livekit-agents.mjs': [
    /^assistant: Thank you for calling\. Goodbye!$/m,
    /farewell confirmed/,
    /^the room is gone$/m,
  ],
  '08-python-gateway.mjs': [
    /^onhook answers: end-accepted$/m,
    /^onhook closes the session: agent_end_call$/m,
    /farewell confirmed/,
  ],
  '09-python-frameworks.mjs': [
    /^tool: end_call \['farewell', 'reason'\]$/m,
    /^model reads: The call is ending\.[^]*^model reads: The call is ending\./m,
    /^legs: carrier confirmed_by_response/m,
    /^legs: room confirmed_by_response/m,
  ],
  '10-end-functions.mjs': [
    /^the CRM gets: Call about reschedule, resolved\.$/m,
    /^crm: succeeded in 1 attempt$/m,
    /^disposition: resolved$/m,
  ],
};

/** Five start at a time; pip may take its minutes, twice. */
const EXAMPLE_TIMEOUT_MS = 1_900_000;

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** As a new user does; the settle window is the only thing that is shorter. */
function run(file: string): Promise<Run> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(ONHOOK|TWILIO|LIVEKIT|VITEST)/.test(name));
  const env = { ...Object.fromEntries(kept), ONHOOK_TIMERS_SETTLE_MS: '50' };
  const child = spawn(process.execPath, [`examples/${file}`], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithUs(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString('utf8')));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
}

const files = readdirSync(join(ROOT, 'examples')).filter((name) => /^\d\d-.*\.mjs$/.test(name));

describe('examples', () => {
  it('are numbered without a gap, and each is run here', () => {
    expect(files).toEqual(Object.keys(PROMISED));
    expect(files.map((name) => Number(name.slice(0, 2)))).toEqual(files.map((_name, index) => index + 1));
  });

  it.each(files)('%s names the command that runs it', (file) => {
    expect(readFileSync(join(ROOT, 'examples', file), 'utf8')).toContain(`\n *     node examples/${file}\n`);
  });

  it.concurrent.for(Object.entries(PROMISED))(
    '%s does what it says',
    { timeout: EXAMPLE_TIMEOUT_MS },
    async ([file, promised], { skip }) => {
      // Minutes of pip; asked for by hand or by a nightly run: `npm run test:python`.
      const wanted = !file.startsWith('09') || process.env['ONHOOK_TEST_PYTHON_FRAMEWORKS'] === '1';
      skip(!wanted, '`npm run test:python` runs it');
      const { code, stdout, stderr } = await run(file);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      const [skipped] = /^skipped: .*$/m.exec(stdout) ?? [];
      skip(skipped !== undefined, skipped);
      for (const line of promised) expect(stdout).toMatch(line);
    },
  );
});
