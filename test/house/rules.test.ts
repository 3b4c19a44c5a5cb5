import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CONFIG = join(import.meta.dirname, '../../.dependency-cruiser.cjs');
const CRUISER = join(import.meta.dirname, '../../node_modules/.bin/depcruise');
const { forbidden } = createRequire(import.meta.url)(CONFIG) as { forbidden: { name: string; comment?: string }[] };

type Import = readonly [from: string, to: string];

/** For each rule, imports that break it. */
const BROKEN: Readonly<Record<string, readonly Import[]>> = {
  'no-cycles': [
    ['src/plan/first.ts', 'src/plan/second.ts'],
    ['bench/first.ts', 'bench/second.ts'],
  ],
  'no-orphans': [['src/plan/orphan.ts', 'src/plan/orphan.ts']],
  'only-oclif-reaches-commands': [
    ['src/operations/stop/a.ts', 'src/commands/stop.ts'],
    ['src/cli/a.ts', 'src/commands/stop.ts'],
    ['bench/a.ts', 'src/commands/stop.ts'],
  ],
  'only-commands-import-cli': [
    ['src/operations/session/a.ts', 'src/cli/baseCommand.ts'],
    ['src/report/a.ts', 'src/cli/baseCommand.ts'],
    ['src/lab/a.ts', 'src/cli/baseCommand.ts'],
  ],
  'verbs-are-apart': [
    ['src/operations/stop/a.ts', 'src/operations/serve/planServe.ts'],
    ['src/operations/session/a.ts', 'src/operations/serve/planServe.ts'],
    ['src/operations/cluster/a.ts', 'src/operations/status/runs.ts'],
    ['src/operations/balance/a.ts', 'src/operations/pattern/build.ts'],
    ['src/operations/balance/a.ts', 'src/operations/dumps/fetch.ts'],
  ],
  'pattern-and-dumps-for-balance-and-simulate': [
    ['src/operations/stop/a.ts', 'src/operations/pattern/index.ts'],
    ['src/operations/status/a.ts', 'src/operations/dumps/index.ts'],
  ],
  'generations-for-what-hosts-should-run': [['src/operations/logs/a.ts', 'src/operations/generations/keep.ts']],
  'fetch-for-logs-and-dumps': [['src/operations/logs/a.ts', 'src/operations/fetch/remote.ts']],
  'patterns-need-no-host': [['src/operations/pattern/a.ts', 'src/transport/host.ts']],
  'report-shows-events-and-steps-only': [
    ['src/report/a.ts', 'src/operations/serve/planServe.ts'],
    ['src/report/a.ts', 'src/deployment/parse.ts'],
  ],
  'report-takes-types-of-events-and-steps-only': [['src/report/a.ts', 'src/runner/event.ts']],
  'placement-through-its-index': [['src/moves/a.ts', 'src/placement/solver/solve.ts']],
  'placement-imports-only-itself': [['src/placement/a.ts', 'src/files/maps.ts']],
  'moves-import-placement-only': [
    ['src/moves/a.ts', 'src/simulation/index.ts'],
    ['src/moves/a.ts', 'src/balancing/gate.ts'],
  ],
  'simulation-imports-moves-and-placement-only': [['src/simulation/a.ts', 'src/balancing/gate.ts']],
  'production-imports-no-simulator': [
    ['src/balancing/a.ts', 'src/simulation/index.ts'],
    ['src/operations/balance/a.ts', 'src/simulation/index.ts'],
  ],
  'engines-by-their-index-only': [
    ['src/plan/a.ts', 'src/engines/omni/ports.ts'],
    ['src/engines/engine.ts', 'src/engines/omni/ports.ts'],
    ['src/facts/a.ts', 'src/accelerators/ascend/probe.ts'],
  ],
  'engines-are-apart': [
    ['src/engines/vllm/a.ts', 'src/engines/omni/ports.ts'],
    ['src/engines/omni/a.ts', 'src/accelerators/ascend/probe.ts'],
  ],
  'accelerators-know-drivers-only': [
    ['src/accelerators/ascend/a.ts', 'src/plan/findings/finding.ts'],
    ['src/accelerators/a.ts', 'src/facts/facts.ts'],
  ],
  'base-rooms-import-nothing': [
    ['src/errors/a.ts', 'src/deployment/parse.ts'],
    ['src/files/a.ts', 'src/report/words.ts'],
    ['src/shell/a.ts', 'src/files/maps.ts'],
  ],
  'pure-core': [
    ['src/topology/a.ts', 'node:fs'],
    ['src/moves/a.ts', 'node:child_process'],
  ],
  'pure-core-stays-inside': [
    ['src/plan/a.ts', 'src/transport/host.ts'],
    ['src/balancing/a.ts', 'src/state/journal.ts'],
  ],
  'runner-knows-no-phase-or-engine': [
    ['src/runner/a.ts', 'src/plan/phases/reach.ts'],
    ['src/runner/a.ts', 'src/engines/index.ts'],
  ],
  'product-knows-no-lab': [['src/operations/stop/a.ts', 'src/lab/up.ts']],
  'imitations-share-facts-only': [
    ['src/lab/engines/vllm/a.ts', 'src/engines/vllm/flags/writtenArguments.ts'],
    ['src/lab/a.ts', 'src/engines/vllm/vllmPorts.ts'],
  ],
  'one-file-imports-ssh': [['src/transport/a.ts', 'ssh2']],
  'one-file-imports-listr2': [['src/report/a.ts', 'listr2']],
  'one-file-imports-execa': [['src/transport/a.ts', 'execa']],
};

/** Imports next to the line that break none. */
const KEPT: readonly Import[] = [
  ['src/commands/kept.ts', 'src/cli/baseCommand.ts'],
  ['src/lab/engines/vllm/kept.ts', 'src/engines/vllm/flags/flags.gen.ts'],
  ['src/commands/lab/kept.ts', 'src/lab/up.ts'],
  ['src/hooks/kept.ts', 'src/cli/baseCommand.ts'],
  ['src/cli/kept.ts', 'src/operations/session/kept.ts'],
  ['src/operations/stop/kept.ts', 'src/operations/cluster/kept.ts'],
  ['src/operations/balance/kept.ts', 'src/operations/pattern/index.ts'],
  ['src/operations/balance/kept.ts', 'src/operations/dumps/index.ts'],
  ['src/operations/balance/kept.ts', 'src/moves/kept.ts'],
  ['src/operations/simulate/kept.ts', 'src/simulation/index.ts'],
  ['src/operations/cluster/run/kept.ts', 'src/operations/generations/keep.ts'],
  ['src/operations/dumps/kept.ts', 'src/operations/fetch/remote.ts'],
  ['src/report/kept.ts', 'src/errors/kept.ts'],
  ['src/files/kept.ts', 'src/errors/kept.ts'],
  ['src/engines/index.ts', 'src/engines/omni/ports.ts'],
  ['src/engines/omni/kept.ts', 'src/engines/omni/ports.ts'],
  ['src/accelerators/ascend/kept.ts', 'src/shell/kept.ts'],
  ['src/moves/kept.ts', 'src/placement/index.ts'],
  ['bench/kept.ts', 'src/placement/solver/solve.ts'],
  ['src/transport/ssh2.ts', 'ssh2'],
];

/** Imports of types alone. */
const KEPT_TYPES: readonly Import[] = [['src/report/keptType.ts', 'src/runner/event.ts']];

/** It takes 2 s; a busy machine gets longer. */
const CRUISE_MS = 60_000;
const PACKAGES = ['ssh2', 'listr2', 'execa'];

interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

describe('the rules of imports', () => {
  let folder = '';
  let violations: readonly Violation[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'omniplace-rules-'));
    writeTree(folder);
    violations = await cruise(folder);
  }, CRUISE_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are all broken here', () => {
    expect(Object.keys(BROKEN).sort()).toEqual(forbidden.map(({ name }) => name).sort());
  });

  it('each state their reason', () => {
    expect(forbidden.filter(({ comment = '' }) => comment === '')).toEqual([]);
  });

  it.each(Object.entries(BROKEN).flatMap(([rule, imports]) => imports.map(([from, to]) => [rule, from, to] as const)))(
    '%s refuses an import from %s to %s',
    (rule, from, to) => {
      expect(violations.filter((one) => one.rule === rule && one.from === from).map((one) => one.to)).toContainEqual(
        expect.stringMatching(new RegExp(`(^|/)${to.replace('node:', '')}(/|$)`)),
      );
    },
  );

  it('allow what is next to the line', () => {
    const kept = new Set([...KEPT, ...KEPT_TYPES].map(([from]) => from));
    expect(violations.filter(({ from }) => kept.has(from))).toEqual([]);
  });
});

/** Every file with the imports that start from it; the second file of a circle imports the first. */
function writeTree(folder: string): void {
  const files = new Map<string, string[]>();
  const add = (from: string, to: string) => {
    files.set(from, files.get(from) ?? []);
    if (/^(src|bench)\//.test(to)) files.set(to, files.get(to) ?? []);
    if (from !== to) files.get(from)!.push(specifier(from, to));
  };
  for (const [from, to] of [...Object.values(BROKEN).flat(), ...KEPT]) add(from, to);
  for (const [from, to] of BROKEN['no-cycles']!) add(to, from);
  for (const [file, imports] of files) {
    write(join(folder, file), [...imports.map((to) => `import '${to}';`), 'export const here = 1;', ''].join('\n'));
  }
  for (const [file, to] of KEPT_TYPES) {
    write(join(folder, file), `import type { here } from '${specifier(file, to)}';\nexport type Here = typeof here;\n`);
  }
  for (const name of PACKAGES) {
    write(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
    write(join(folder, 'node_modules', name, 'index.js'), '');
  }
  write(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { allowImportingTsExtensions: true } }));
}

function specifier(from: string, to: string): string {
  if (!/^(src|bench)\//.test(to)) return to;
  const path = relative(dirname(from), to);
  return path.startsWith('.') ? path : `./${path}`;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Ends with the number of violations, so its output counts and not its exit code. */
function cruise(folder: string): Promise<readonly Violation[]> {
  return new Promise((resolve, reject) => {
    const args = ['--config', CONFIG, '--output-type', 'json', 'src', 'bench'];
    execFile(CRUISER, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) => {
      try {
        const found = (
          JSON.parse(stdout) as { summary: { violations: { rule: { name: string }; from: string; to: string }[] } }
        ).summary;
        resolve(found.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })));
      } catch {
        reject(new Error(stderr));
      }
    });
  });
}
