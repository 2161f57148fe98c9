/**
 * Prints the last line of CI, "N passed, N failed", from vitest's JSON report and the number of failed
 * commands, the test command among them. A command that failed without a failed test to show for it (a
 * crash, a file that does not load, a missing report) still counts as one.
 *
 * Usage: node scripts/count-results.mjs <report> <failed commands>
 */
import { readFileSync } from 'node:fs';

const [, , path = '', failedCommands = '0'] = process.argv;

function readReport() {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const report = readReport();
const passed = report?.numPassedTests ?? 0;
const failedTests = report?.numFailedTests ?? 0;
const fileFailures = (report?.testResults ?? []).filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length;
const shown = failedTests + fileFailures;
// The test command is one of the failed commands when a test failed: do not count that twice.
const commands = Number(failedCommands) - (shown > 0 ? 1 : 0);
const failed = shown + Math.max(0, commands) + (passed === 0 && shown === 0 && commands <= 0 ? 1 : 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
