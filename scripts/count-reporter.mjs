// The last line of a test run: `N passed, N failed[, N skipped]`. Skips are said aloud before it, with their reasons.
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors, reason) {
    const counts = {
      passed: Number(process.env.CHECKS_PASSED ?? 0),
      failed: Number(process.env.CHECKS_FAILED ?? 0),
      skipped: 0,
    };
    const skips = new Map();
    for (const module of modules) {
      const before = counts.passed + counts.failed + counts.skipped;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        counts[state === 'passed' || state === 'failed' ? state : 'skipped'] += 1;
        if (state === 'skipped') {
          const why = note ?? `${module.relativeModuleId}: ${outermost(test)}`;
          skips.set(why, (skips.get(why) ?? 0) + 1);
        }
      }
      // a file or a group whose set-up broke would otherwise count as nothing
      const broken = [module, ...module.children.allSuites()].filter((suite) => suite.errors().length > 0).length;
      const ran = counts.passed + counts.failed + counts.skipped - before;
      counts.failed += broken > 0 ? broken : ran === 0 && module.state() === 'failed' ? 1 : 0;
    }
    counts.failed += unhandledErrors.length;
    if (reason !== 'passed' && counts.failed === 0) counts.failed = 1;
    const lines = [...skips].map(([why, count]) => `SKIPPED ${count}: ${why}`);
    lines.push(
      `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
    );
    // after every other reporter has spoken
    process.on('exit', () => process.stdout.write(`${lines.join('\n')}\n`));
  }
}

/** The group that says why: the one directly in the file. */
function outermost(test) {
  let group = test;
  while (group.parent && group.parent.type === 'suite') group = group.parent;
  return group.name;
}
