import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

/**
 * Bundles a benchmark's programs (the first is run, with the folder they stand in and this process's arguments) and runs it in
 * namespaces of its own, which end with it.
 */
export async function runApart(...programs) {
  // not under /tmp: that may be memory, and the hosts' disk stands in this folder
  const folder = mkdtempSync('/var/tmp/omniplace-bench-');
  try {
    const [main] = await bundle(programs, folder);
    // the controller's network is a new one: no packet of a run can reach a real interface
    const apart = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const { status, error } = spawnSync(
      'unshare',
      [...apart, process.execPath, main, folder, ...process.argv.slice(2)],
      {
        stdio: 'inherit',
        env: { ...process.env, NODE_PATH: fileURLToPath(new URL('../node_modules', import.meta.url)) },
      },
    );
    if (error) throw error;
    process.exitCode = status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
