// The last line of .ci/run: tests and checks added up. Arguments: the exit codes of npm install, npm test,
// npm run check and the package's smoke test. A step that failed without a failure of its own to show for
// it, or without a report, counts as one failure; so does every skipped test, because here none may be.
import { existsSync, readFileSync } from "node:fs";

const [installed, tested, checked, packed] = process.argv.slice(2).map(Number);
const total = { passed: 0, failed: 0 };

add("npm install", installed === 0 ? 1 : 0, installed === 0 ? 0 : 1, installed);
const tests = testResults(read("build/test-results.json"));
add("tests", tests.passed, tests.failed, tested);
add("npm run check", checked === 0 ? 1 : 0, checked === 0 ? 0 : 1, checked);
const smoke = read("build/package-results.json") ?? { passed: 0, failed: 0, skipped: 0 };
add("package", smoke.passed, smoke.failed + smoke.skipped, packed);

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

function add(name, passed, failed, code) {
  const failures = failed === 0 && (code !== 0 || passed === 0) ? 1 : failed;
  total.passed += passed;
  total.failed += failures;
  console.log(`${name}: ${passed} ok, ${failures} not ok`);
}

/** Vitest's report. A file that does not even load has no tests: it is a failure too. */
function testResults(report) {
  if (report === undefined) return { passed: 0, failed: 0 };
  const broken = report.testResults.filter(
    (file) =>
      file.status === "failed" && !file.assertionResults.some((item) => item.status === "failed"),
  );
  for (const file of broken) console.log(`not ok: ${file.name}`);
  const results = report.testResults.flatMap((file) => file.assertionResults);
  const failed = results.filter((item) => item.status !== "passed");
  for (const item of failed) console.log(`${item.status}: ${item.fullName}`);
  return { passed: results.length - failed.length, failed: failed.length + broken.length };
}

function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}
