/** Prints the closing line of the continuous integration from vitest's JSON report; whatever is missing counts as failed. */

import { existsSync, readFileSync } from 'node:fs';

const [reportPath = '', failedSteps = '1'] = process.argv.slice(2);
const report = existsSync(reportPath) ? (JSON.parse(readFileSync(reportPath, 'utf8')) as Partial<Report>) : {};
const passed = report.numPassedTests ?? 0;
const skipped = (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
// A file that does not load has no failed test, only a failed suite; the failed steps already hold the step that ran the tests.
const failed = Math.max(report.numFailedTests ?? 0, report.success === true && passed > 0 ? 0 : 1, Number(failedSteps));
if (skipped > 0) console.log(`${skipped} skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
}
