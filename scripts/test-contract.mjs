import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';

/**
 * Starts rendered scripts against real sources of OmniInfer: `--omniinfer DIR`, any number of times; `--record` writes how
 * they start to test/golden/omni_starts/ and omni_cli/, each under its folder's name; `--templates DIR` adds files of omni_cli with how it
 * starts them, NAME.yaml and NAME.expected.json. With `--vllm DIR` compares what is rendered for vLLM with the definitions in
 * its source. The rest goes to vitest.
 */
const FLAG = '--omniinfer';
const VLLM = '--vllm';
const TEMPLATES = '--templates';
const RECORD = '--record';
const WITH_VALUE = [FLAG, VLLM, TEMPLATES];

const given = process.argv.slice(2);
const treesOf = (flag) => given.filter((_, i) => given[i - 1] === flag);
const trees = treesOf(FLAG);
const isOurs = (word, i) => [...WITH_VALUE, RECORD].includes(word) || WITH_VALUE.includes(given[i - 1]);
const others = given.filter((word, i) => !isOurs(word, i));
const { status } = spawnSync('npx', ['--no-install', 'vitest', 'run', '--project', 'contract', ...others], {
  stdio: 'inherit',
  env: {
    ...process.env,
    OMNIPLACE_CONTRACT: '1',
    OMNIPLACE_OMNIINFER: trees.join(delimiter),
    OMNIPLACE_VLLM: treesOf(VLLM).join(delimiter),
    OMNIPLACE_TEMPLATES: treesOf(TEMPLATES)[0] ?? '',
    OMNIPLACE_RECORD: given.includes(RECORD) ? '1' : '',
  },
});
process.exit(status ?? 1);
