// Counts the results in a file that `deno test --junit-path` wrote. Deno lists the steps of a test as test cases of their
// own ("test > step"); they are left out here, so that the figures are numbers of tests.

export interface TestCounts {
  passed: number;
  failed: number;
  /** Names of the tests that were left out. */
  skipped: string[];
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
const unescape = (text: string) => text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => ENTITIES[name]!);

export function parseJunit(xml: string): TestCounts {
  const counts: TestCounts = { passed: 0, failed: 0, skipped: [] };
  for (const suite of xml.split("<testsuite ").slice(1)) {
    const cases = [...suite.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)]
      .map((m) => ({ name: unescape(m[1]!), body: m[2] ?? "" }));
    const names = new Set(cases.map((c) => c.name));
    for (const { name, body } of cases) {
      if (isStep(name, names)) continue;
      if (/<(failure|error)\b/.test(body)) counts.failed++;
      else if (body.includes("<skipped")) counts.skipped.push(name);
      else counts.passed++;
    }
  }
  return counts;
}

function isStep(name: string, names: ReadonlySet<string>): boolean {
  for (let i = name.indexOf(" > "); i !== -1; i = name.indexOf(" > ", i + 1)) {
    if (names.has(name.slice(0, i))) return true;
  }
  return false;
}
