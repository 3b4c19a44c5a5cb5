import { Args, Flags } from '@oclif/core';

/** `-e path=value`, as often as wanted. */
export const overrideFlag = Flags.string({
  char: 'e',
  aliases: ['extra-vars'],
  multiple: true,
  multipleNonGreedy: true,
  helpValue: 'path=value',
  // as a function, so that help shows no empty default
  default: async () => [],
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
