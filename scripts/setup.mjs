/**
 * Makes this checkout ready: `npm start` and `npm test` run it first. Plain Node without
 * dependencies, since it runs before any are installed. Each need is looked at and only what is
 * missing or stale is made, so a second run takes well under a second. It installs system packages
 * only when somebody starts it, never from an install hook of npm.
 *
 * Usage: node scripts/setup.mjs [start|test|build|livekit]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { staleBuild } from './stale-build.mjs';
import { staleModules } from './stale-modules.mjs';
import { findTool, goBinary, tools } from './tools.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const purpose = process.argv[2] ?? 'start';

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function fail(problem, cure) {
  say(`${problem}\nsetup: ${cure}`);
  process.exit(1);
}

/** Runs a command in sight of the user. Progress goes to stderr: stdout belongs to what runs next. */
function run(command, args, env = {}, timeout) {
  say(`$ ${[command, ...args].join(' ')}`);
  const options = { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, ...env }, timeout };
  const { status, error } = spawnSync(command, args, options);
  if (error !== undefined) say(error.message);
  return status === 0;
}

function checkNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [major, minor] = engines.node.replace('>=', '').split('.').map(Number);
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  fail(`Node ${process.versions.node} is too old`, `install Node ${engines.node}`);
}

function installModules() {
  const reason = staleModules(root);
  if (reason === undefined) return;
  say(`installing npm packages, because ${reason}`);
  // The build is a step of its own below, so the `prepare` script must not do it a first time.
  if (run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], { ONHOOK_SKIP_PREPARE: '1' })) return;
  fail('npm ci failed', 'see the message of npm above; it needs the npm registry, or a filled npm cache');
}

function isDebian() {
  return existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');
}

function installTool(tool) {
  const found = findTool(tool);
  if (found.path !== undefined) return;
  if (found.problem !== undefined)
    fail(found.problem, `unset ${tool.env}, or set it to the path of ${tool.name}`);
  if (tool.go !== undefined) return buildWithGo(tool);
  const cure = `install ${tool.name} (Debian: apt-get install ${tool.apt}), or set ${tool.env} to its path`;
  if (!isDebian() || process.getuid?.() !== 0) {
    if (tool.optional === true) return say(`without ${tool.name} (${tool.why}): ${cure}`);
    fail(`${tool.name} is missing: ${tool.why}`, cure);
  }
  say(`installing ${tool.name} with apt, because ${tool.why}`);
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '--yes', '--no-install-recommends', tool.apt];
  const installed =
    run('apt-get', install, quiet) || (run('apt-get', ['update'], quiet) && run('apt-get', install, quiet));
  if (installed && findTool(tool).path !== undefined) return;
  if (tool.optional === true) return say(`without ${tool.name} (${tool.why}): ${cure}`);
  fail(`apt could not install ${tool.name}`, cure);
}

/** With a cold cache on two cores it takes some 5 minutes; then something is wrong. */
const GO_TIMEOUT_MS = 1_200_000;

/** Go's module proxy and a compiler are all that it needs; without them the tests skip themselves. */
function buildWithGo(tool) {
  say(`building ${tool.name} with Go, because ${tool.why}`);
  const env = { GOBIN: dirname(goBinary(tool)), GOFLAGS: '-trimpath -buildvcs=false' };
  if (run('go', ['install', tool.go], env, GO_TIMEOUT_MS) && findTool(tool).path !== undefined) return;
  say(`without ${tool.name} (${tool.why}): install Go, or set ${tool.env} to the path of ${tool.name}`);
}

function build() {
  const reason = staleBuild(root);
  if (reason === undefined) return;
  say(`building dist, because ${reason}`);
  if (!run(process.execPath, ['scripts/build.mjs'])) fail('the build failed', 'see the message of tsc above');
}

checkNode();
installModules();
for (const tool of tools) if (tool.neededFor.includes(purpose)) installTool(tool);
build();
