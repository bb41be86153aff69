import type { Reporter, TestModule } from 'vitest/node';

/** Says at the start which databases the tests run over, and at the end, in one plain line, how they went. */
export default class ClosingLine implements Reporter {
  onInit(): void {
    const { TEST_DATABASE_URL: url, CI: ci } = process.env;
    const server = url === undefined || url === '' ? undefined : new URL(url);
    const postgresql =
      server === undefined ? 'not PostgreSQL (TEST_DATABASE_URL is not set)' : `PostgreSQL at ${server.host}`;
    process.stdout.write(`Databases: PGlite, ${postgresql}${ci === 'true' ? '; CI' : ''}\n`);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      const before = count.failed;
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      // A file that does not load, or a suite that cannot start, has no failing test: it counts as one.
      if (module.state() === 'failed' && count.failed === before) count.failed += 1;
    }
    const skipped = count.skipped + count.pending === 0 ? '' : `, ${count.skipped + count.pending} skipped`;
    process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}
