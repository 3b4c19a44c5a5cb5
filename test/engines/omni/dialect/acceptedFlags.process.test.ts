import { describe, expect, it } from 'vitest';
import { filesOf } from '../../../../src/engines/artifact.ts';
import type { Dialect } from '../../../../src/engines/omni/dialect/dialect.ts';
import { INVENTORIES, inventoryFile, type Launcher, renderedFor } from '../../../fakes/renderedFor.ts';
import { recordedDialect, SNAPSHOTS } from './recorded.ts';

/** Deployments whose servers are also started without pd_run.sh. */
const DIRECT: readonly string[] = ['1p1d', '2p2d', 'two-host-prefill'];

/** Calls of OmniInfer's scripts in start scripts, with the flags that they get; of mixed servers there are none. */
function callsIn(file: URL, dialect: Dialect, launcher: Launcher): readonly (readonly [string, readonly string[]])[] {
  const files = Object.values(renderedFor(file, dialect, launcher).nodes).flatMap(filesOf);
  return files.flatMap(({ content }) => {
    const text = 'text' in content ? content.text : '';
    const call = /^(?:exec )?(?:bash|python) (pd_run\.sh|start_api_servers\.py|global_proxy\.sh) \\\n((?: {2}.*\n)+)/m;
    const [, script, lines] = call.exec(text) ?? [];
    return script === undefined ? [] : [[script, Array.from(lines!.matchAll(/^ {2}(--[\w-]+)/gm), ([, f]) => f!)]];
  });
}

describe.each(SNAPSHOTS)('the recorded scripts of %s', (snapshot) => {
  const dialect = recordedDialect(snapshot);

  it.each(INVENTORIES)('accept every flag that %s gives them', (name) => {
    const launchers: readonly Launcher[] = DIRECT.includes(name) ? ['pd_run', 'api_servers'] : ['pd_run'];
    for (const launcher of launchers) {
      const calls = callsIn(inventoryFile(name), dialect, launcher);
      const called = [...new Set(calls.map(([script]) => script))].sort();
      const script = launcher === 'pd_run' ? 'pd_run.sh' : 'start_api_servers.py';
      expect(called).toEqual(name === 'mixed' ? [] : ['global_proxy.sh', script].sort());
      for (const [called, flags] of calls) {
        expect(flags.length).toBeGreaterThan(7);
        expect(dialect.flags[called as keyof Dialect['flags']]).toEqual(expect.arrayContaining([...flags]));
      }
    }
  });
});
