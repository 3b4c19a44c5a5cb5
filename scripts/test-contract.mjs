import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';

/**
 * Starts rendered scripts against real sources of OmniInfer: `--omniinfer DIR`, any number of times; `--record` writes how
 * they start to test/golden/omni_starts/, each under its folder's name; the rest goes to vitest.
 */
const FLAG = '--omniinfer';
const RECORD = '--record';

const given = process.argv.slice(2);
const trees = given.filter((_, i) => given[i - 1] === FLAG);
const others = given.filter((word, i) => word !== FLAG && word !== RECORD && given[i - 1] !== FLAG);
const { status } = spawnSync('npx', ['--no-install', 'vitest', 'run', '--project', 'contract', ...others], {
  stdio: 'inherit',
  env: {
    ...process.env,
    OMNIPLACE_CONTRACT: '1',
    OMNIPLACE_OMNIINFER: trees.join(delimiter),
    OMNIPLACE_RECORD: given.includes(RECORD) ? '1' : '',
  },
});
process.exit(status ?? 1);
