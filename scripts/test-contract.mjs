import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';

/**
 * Starts rendered scripts against real sources of OmniInfer: `--omniinfer DIR`, any number of times; `--record` writes how
 * they start to test/golden/omni_starts/, each under its folder's name. With `--vllm DIR` compares what is rendered for vLLM
 * with the definitions in its source. The rest goes to vitest.
 */
const FLAG = '--omniinfer';
const VLLM = '--vllm';
const RECORD = '--record';

const given = process.argv.slice(2);
const treesOf = (flag) => given.filter((_, i) => given[i - 1] === flag);
const trees = treesOf(FLAG);
const isOurs = (word, i) => [FLAG, VLLM, RECORD].includes(word) || [FLAG, VLLM].includes(given[i - 1]);
const others = given.filter((word, i) => !isOurs(word, i));
const { status } = spawnSync('npx', ['--no-install', 'vitest', 'run', '--project', 'contract', ...others], {
  stdio: 'inherit',
  env: {
    ...process.env,
    OMNIPLACE_CONTRACT: '1',
    OMNIPLACE_OMNIINFER: trees.join(delimiter),
    OMNIPLACE_VLLM: treesOf(VLLM).join(delimiter),
    OMNIPLACE_RECORD: given.includes(RECORD) ? '1' : '',
  },
});
process.exit(status ?? 1);
