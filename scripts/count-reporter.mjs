/**
 * The last line of a test run: `N passed, N failed[, N skipped]`. Before it what was skipped, each with its reason
 * (test/fakes/unless.ts): a skip without one is a failure.
 */
export default class CountReporter {
  #isPart = false;

  onInit({ config }) {
    this.#isPart = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules, unhandledErrors, reason) {
    const { counts, lines } = count(modules, this.#isPart);
    counts.failed += unhandledErrors.length;
    if (reason !== 'passed' && counts.failed === 0) counts.failed = 1;
    if (counts.failed > 0) process.exitCode = 1;
    // after every other reporter has spoken
    process.on('exit', () => printLast(counts, lines));
  }
}

export function printLast({ passed, failed, skipped }, lines) {
  const seed = process.env.OMNIPLACE_SEED;
  if (seed) lines.push(`seed ${seed}: scripts/test --seed ${seed} repeats what was random`);
  const last = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  process.stdout.write(`${[...lines, last].join('\n')}\n`);
}

/** @param isPart tests are chosen by their names: that others are skipped needs no reason */
export function count(modules, isPart) {
  const counts = {
    passed: Number(process.env.CHECKS_PASSED ?? 0),
    failed: Number(process.env.CHECKS_FAILED ?? 0),
    skipped: 0,
  };
  const skips = new Map();
  const lines = [];
  for (const module of modules) {
    const before = counts.passed + counts.failed + counts.skipped;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'pending') continue;
      const why = state === 'skipped' && !isPart ? reasonOf(test) : '';
      counts[why === null ? 'failed' : state] += 1;
      if (why === null)
        lines.push(`FAILED: ${module.relativeModuleId}: '${test.fullName}' is skipped without a reason`);
      if (why) skips.set(why, (skips.get(why) ?? 0) + 1);
    }
    // a file or a group whose set-up broke would otherwise count as nothing
    const broken = [module, ...module.children.allSuites()].filter((suite) => suite.errors().length > 0).length;
    const ran = counts.passed + counts.failed + counts.skipped - before;
    counts.failed += broken > 0 ? broken : ran === 0 && module.state() === 'failed' ? 1 : 0;
  }
  return { counts, lines: [...lines, ...[...skips].map(([why, number]) => `SKIPPED ${number}: ${why}`)] };
}

/** What the test or a group around it gives as the reason; null: nothing does. */
function reasonOf(test) {
  for (let of = test; of; of = of.parent) {
    if (of.type !== 'module' && of.meta().whySkipped) return of.meta().whySkipped;
    if (of.type !== 'test' && of.errors().length > 0) return 'its group could not be set up';
  }
  return test.result().note ?? null;
}
