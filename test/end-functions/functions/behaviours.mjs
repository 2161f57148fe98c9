// One function for each way in which an end function can behave.
import { spawn } from 'node:child_process';
import { defineEndFunction, TerminalError } from 'onhook';

const define = (name, run, more = {}) => defineEndFunction({ name, version: 1, run, ...more });
const never = () => new Promise(() => {});

export const succeeds = define('succeeds', ({ call, state, transcript, idempotencyKey, attempt }) => ({
  output: { callId: call.callId, intent: state.intent, said: transcript[0].text, idempotencyKey, attempt },
  disposition: { code: 'resolved', detail: 'first contact' },
}));
export const returnsNothing = define('returns-nothing', async () => {});
export const returnsSomethingElse = define('returns-something-else', () => ({ id: 12n, status: 201 }));
export const throws = define('throws', () => {
  throw new TypeError(`cannot reach ${process.env.CRM_URL ?? 'the ledger'}`);
});
export const throwsNothing = define('throws-undefined', () => Promise.reject(undefined));
export const terminal = define('terminal', () => {
  throw new TerminalError('the account is closed');
});
export const hangs = define('hangs', never);
export const stopsWhenAsked = define(
  'stops-when-asked',
  ({ signal }) =>
    new Promise((_done, refuse) => signal.addEventListener('abort', () => refuse(new Error('aborted')))),
);
export const finishesWhenAsked = define(
  'finishes-when-asked',
  ({ signal }) => new Promise((done) => signal.addEventListener('abort', () => done({ output: 'partial' }))),
);
export const loops = define('loops', ({ log }) => {
  log('looping', { pid: process.pid });
  for (;;);
});
export const exits = define('exits', () => {
  process.stderr.write('the pool said: no more\n');
  process.exit(3);
});
export const exitsCalmly = define('exits-calmly', () => process.exit(0));
export const rejectsUnheard = define('rejects-unheard', () => {
  void Promise.reject(new Error('nobody listens'));
  return never();
});
export const killsItself = define('kills-itself', () => {
  process.kill(process.pid, 'SIGKILL');
  return never();
});
export const hogsHeap = define('hogs-heap', () => {
  const kept = [];
  for (;;) kept.push(Array.from({ length: 10_000 }, () => kept.length));
});
export const hogsBuffers = define('hogs-buffers', async () => {
  const kept = [];
  for (;;) {
    kept.push(Buffer.alloc(16 * 1_048_576, 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
});
export const hugeOutput = define('huge-output', () => ({ output: 'x'.repeat(70_000) }));
export const fullOutput = define('full-output', () => ({ output: 'x'.repeat(65_534) }));
export const bigintOutput = define('bigint-output', () => ({ output: 1n }));
export const cyclicOutput = define('cyclic-output', () => {
  const output = {};
  output.self = output;
  return { output };
});
export const functionOutput = define('function-output', () => ({ output: () => 1 }));
export const deepOutput = define('deep-output', () => {
  let output = 1;
  for (let depth = 0; depth < 17; depth += 1) output = [output];
  return { output };
});
export const badDisposition = define('bad-disposition', () => ({ disposition: 'resolved' }));
export const environment = define('environment', () => ({
  output: { ...process.env, argv: process.execArgv },
}));
export const whoAmI = define('who-am-i', () => ({ output: process.pid }));
export const frozen = define('frozen', ({ state, call }) => {
  const refused = [];
  for (const [name, write] of [
    ['state', () => (state.intent = 'x')],
    ['nested', () => (call.legs.room = {})],
  ]) {
    try {
      write();
    } catch {
      refused.push(name);
    }
  }
  return { output: refused };
});
export const logs = define('logs', ({ log }) => {
  log(`posting to ${process.env.CRM_URL}`, { ticket: 'T-1', url: process.env.CRM_URL });
  log('with fields that are not JSON', { big: 1n });
});
export const chatters = define('chatters', ({ log }) => {
  for (let line = 0; line < 5_000; line += 1) log(`line ${line}`);
});
export const prints = define('prints', () => {
  process.stdout.write(`${'x'.repeat(9_000)} the end\n`);
});
export const imitates = define('imitates', () => {
  // The private door beside `process.send`, which is closed.
  for (let sent = 0; sent < 20_000; sent += 1) process['_send']({ kind: 'log', message: 'again' });
  return never();
});
export const sends = define('sends', () => ({ output: typeof process.send }));
export const startsAnother = define('starts-another', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  process.stdout.write(`pid ${other.pid}\n`);
  return never();
});
