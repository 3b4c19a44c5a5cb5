import { Flags } from '@oclif/core';
import type { FlagsOf } from '../session/flagsOf.ts';

/** What a file without a recipe gets where a flag is not given. */
export const USUAL_VALUES = {
  user: 'root',
  privateKey: '~/.ssh/id_ed25519',
  logPath: '/data/log',
  servedModelName: 'deepseek',
  proxyPort: 7000,
} as const;

/** A recipe decides what these flags do. */
const OF_RECIPE = ['recipe'];

/** The flags of `init`. */
export const initFlags = {
  recipe: Flags.string({ helpValue: 'NAME', description: 'start from the settings of a known deployment' }),
  'list-recipes': Flags.boolean({ description: 'list the recipes, with the hosts that each takes' }),
  hosts: Flags.string({
    helpValue: 'LIST',
    description: 'addresses or names, as a list and as ranges: 10.0.0.1-8, node[1:8]',
  }),
  'dies-per-host': Flags.integer({
    min: 1,
    helpValue: 'N',
    exclusive: OF_RECIPE,
    description: 'dies of each host (default: 16, or 8 GPUs)',
  }),
  'dies-per-npu': Flags.integer({
    min: 1,
    helpValue: 'N',
    exclusive: OF_RECIPE,
    description: 'dies of each NPU (default: 2, as an A3 has; a GPU is 1)',
  }),
  image: Flags.string({ helpValue: 'REF', description: 'docker image' }),
  'model-path': Flags.string({ helpValue: 'DIR', description: 'folder of the model on the hosts' }),
  name: Flags.string({ description: "the cluster's name (default: that of the file)" }),
  engine: Flags.string({
    helpValue: 'NAME',
    exclusive: OF_RECIPE,
    description: "services.engine (default: the schema's)",
  }),
  accelerator: Flags.string({
    helpValue: 'NAME',
    exclusive: OF_RECIPE,
    description: "services.accelerator (default: the schema's, or one that the engine runs on)",
  }),
  user: Flags.string({ description: `user to log in to the hosts as (default: ${USUAL_VALUES.user})` }),
  'private-key': Flags.string({
    helpValue: 'FILE',
    description: `the key to log in with (default: ${USUAL_VALUES.privateKey})`,
  }),
  'code-path': Flags.string({
    helpValue: 'DIR',
    description: "local folder with the engine's code (services.code_path)",
  }),
  'log-path': Flags.string({
    helpValue: 'DIR',
    description: `logs on the hosts (default: ${USUAL_VALUES.logPath})`,
  }),
  'served-model-name': Flags.string({
    description: `what requests name as model (default: ${USUAL_VALUES.servedModelName}, or the recipe's)`,
  }),
  'proxy-host': Flags.string({ helpValue: 'IP', description: 'where the proxy runs (default: the first host)' }),
  'proxy-port': Flags.integer({
    min: 1024,
    max: 65500,
    description: `where the proxy listens (default: ${USUAL_VALUES.proxyPort}, or the recipe's)`,
  }),
  out: Flags.string({ char: 'o', helpValue: 'FILE', description: 'where to write the file (default: stdout)' }),
  force: Flags.boolean({ char: 'f', description: 'overwrite the file' }),
};

export type InitFlags = FlagsOf<typeof initFlags>;
