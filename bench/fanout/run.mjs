// One large file to many hosts behind narrow links, sent by us to each, and passed on by the hosts: bundles the benchmark and
// runs it in namespaces of its own, which end with it. Needs Linux, root, sshd, python3 and iproute2.
//   npm run bench:fanout -- [--json] [--hosts 16] [--mib 64] [--rate 100mbit] [--runs 3]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { TEXT_FILES } from '../../scripts/text-modules.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
// not under /tmp: that may be memory, and the hosts' disk stands in this folder
const folder = mkdtempSync('/var/tmp/omniplace-bench-');
try {
  await build({
    entryPoints: [here('./main.ts')],
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['ssh2', 'cpu-features'],
    loader: Object.fromEntries(TEXT_FILES.map((ending) => [ending, 'text'])),
    logLevel: 'error',
  });
  // the controller's network is a new one: no packet of a run can reach a real interface
  const apart = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const { status, error } = spawnSync(
    'unshare',
    [...apart, process.execPath, join(folder, 'main.cjs'), folder, ...process.argv.slice(2)],
    { stdio: 'inherit', env: { ...process.env, NODE_PATH: here('../../node_modules') } },
  );
  if (error) throw error;
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
