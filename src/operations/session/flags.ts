import { Args, Flags } from '@oclif/core';

/** A flag that may be given several times: `[]` without it. `noCacheDefault` keeps the empty default out of the help. */
export const LIST = { multiple: true, multipleNonGreedy: true, default: async () => [], noCacheDefault: true } as const;

/** `-e path=value`, as often as wanted. */
export const overrideFlag = Flags.string({
  char: 'e',
  aliases: ['extra-vars'],
  ...LIST,
  helpValue: 'path=value',
  description: 'set a value of the deployment for this run, for example -e services.prefill.gpu_util=0.9',
});

/** The deployment file a command works on. */
export const deploymentArg = Args.string({ name: 'deployment', description: 'deployment file', required: true });

/** The same where the words are nodes. */
export const deploymentFlag = Flags.string({
  char: 'd',
  helpValue: 'FILE',
  description: 'deployment file (default: the word that ends in .yml, else the one served last)',
});
