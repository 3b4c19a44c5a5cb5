import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { count, printLast } from './count-reporter.mjs';

/** Seconds between two checks. */
const EVERY_S = 1;

/**
 * Ends a run whose test file takes longer than its limit, and names the file. It watches from the main process, so that it also
 * sees a file whose loop never gives its thread back. On a machine with more to do than it has cores seconds count for less:
 * the verdict must not depend on what else runs there.
 */
export default class LimitReporter {
  #limitS;
  #vitest;
  #running = new Map();
  #timer;

  /** @param limitS gives the seconds of a file: (its path, its project) => number */
  constructor(limitS) {
    this.#limitS = limitS;
  }

  onInit(vitest) {
    this.#vitest = vitest;
    this.#timer = setInterval(() => this.#check(), EVERY_S * 1000);
    this.#timer.unref();
  }

  onTestModuleQueued(module) {
    this.#running.set(module.id, { module, spentS: 0 });
  }

  onTestModuleEnd(module) {
    this.#running.delete(module.id);
  }

  onTestRunEnd() {
    this.#running.clear();
  }

  #check() {
    const spentS = EVERY_S / Math.max(1, loadavg()[0] / availableParallelism());
    for (const one of this.#running.values()) {
      one.spentS += spentS;
      const limitS = this.#limitS(one.module.relativeModuleId, one.module.project.name);
      if (one.spentS > limitS) this.#end(one.module, limitS);
    }
  }

  #end(late, limitS) {
    const modules = this.#vitest.state.getTestModules();
    const { counts, lines } = count(modules, true);
    counts.failed += 1;
    lines.push(
      `FAILED: ${late.relativeModuleId} runs longer than its limit of ${limitS} s (vitest.config.ts), so the run ends here`,
    );
    const undone = modules
      .filter(({ id }) => id === late.id)
      .flatMap(({ children }) => [...children.allTests('pending')].map(({ fullName }) => fullName));
    if (undone.length > 0) lines.push(`not done in it: ${undone.join('; ')}`);
    // its processes would outlive us
    for (const pid of descendants(process.pid)) kill(pid);
    printLast(counts, lines);
    process.exit(1);
  }
}

/** Processes that this one started, and theirs; none where there is no /proc. */
function descendants(pid) {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    return children.flatMap((child) => [child, ...descendants(child)]);
  } catch {
    return [];
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended by itself
  }
}
