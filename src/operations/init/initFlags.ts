import { Flags } from '@oclif/core';

/** The flags of `init`. */
export const initFlags = {
  hosts: Flags.string({ helpValue: 'LIST', description: 'addresses, as a list and as ranges: 10.0.0.1-8' }),
  'dies-per-host': Flags.integer({ min: 1, helpValue: 'N', description: 'dies of each host (default: 16, or 8 GPUs)' }),
  'dies-per-npu': Flags.integer({
    min: 1,
    helpValue: 'N',
    description: 'dies of each NPU (default: 2, as an A3 has; a GPU is 1)',
  }),
  image: Flags.string({ helpValue: 'REF', description: 'docker image' }),
  'model-path': Flags.string({ helpValue: 'DIR', description: 'folder of the model on the hosts' }),
  name: Flags.string({ description: "the cluster's name (default: that of the file)" }),
  engine: Flags.string({ helpValue: 'NAME', description: "services.engine (default: the schema's)" }),
  accelerator: Flags.string({
    helpValue: 'NAME',
    description: "services.accelerator (default: the schema's, or one that the engine runs on)",
  }),
  user: Flags.string({ default: 'root', description: 'who logs in to the hosts' }),
  'private-key': Flags.string({
    default: '~/.ssh/id_ed25519',
    helpValue: 'FILE',
    description: 'the key to log in with',
  }),
  'code-path': Flags.string({
    helpValue: 'DIR',
    description: "local folder with the engine's code (services.code_path)",
  }),
  'log-path': Flags.string({ default: '/data/log', helpValue: 'DIR', description: 'logs on the hosts' }),
  'served-model-name': Flags.string({ default: 'deepseek', description: 'what requests name as model' }),
  'proxy-host': Flags.string({ helpValue: 'IP', description: 'where the proxy runs (default: the first host)' }),
  'proxy-port': Flags.integer({ default: 7000, min: 1024, max: 65500, description: 'where the proxy listens' }),
  out: Flags.string({ char: 'o', helpValue: 'FILE', description: 'where to write the file (default: stdout)' }),
  force: Flags.boolean({ char: 'f', description: 'overwrite the file' }),
};
