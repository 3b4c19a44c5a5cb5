import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';

export default class Init extends BaseCommand {
  static override summary = 'Write a commented deployment file.';
  static override description =
    `The form is the community's: 4P8-1D32 is 4 prefill instances of 8 NPUs and 1 decode instance of 32; 2P1D gives each
prefill instance one host and the rest to decode. Hosts are taken in the order given, prefill first. What is not said is
asked for at a terminal.`;
  static override examples = [
    '<%= config.bin %> init --out cluster.yml',
    '<%= config.bin %> init 4P8-1D32 --hosts 10.0.0.1-8 --image repo/omniinfer:tag --model-path /data/models/r1 --out cluster.yml',
    '<%= config.bin %> init 2P4-1D8 --hosts 10.0.0.1,10.0.0.2 --image repo/omniinfer:tag --model-path /data/models/r1',
  ];
  static override args = { form: Args.string({ description: '4P8-1D32, or 4P1D' }) };
  static override flags = {
    hosts: Flags.string({ helpValue: 'LIST', description: 'addresses, as a list and as ranges: 10.0.0.1-8' }),
    'dies-per-host': Flags.integer({ min: 1, helpValue: 'N', description: 'dies of each host (default: 16)' }),
    'dies-per-npu': Flags.integer({ min: 1, default: 2, helpValue: 'N', description: 'dies of each NPU; an A3 has 2' }),
    image: Flags.string({ helpValue: 'REF', description: 'docker image' }),
    'model-path': Flags.string({ helpValue: 'DIR', description: 'folder of the model on the hosts' }),
    name: Flags.string({ description: "the cluster's name (default: that of the file)" }),
    user: Flags.string({ default: 'root', description: 'who logs in to the hosts' }),
    'private-key': Flags.string({
      default: '~/.ssh/id_ed25519',
      helpValue: 'FILE',
      description: 'the key to log in with',
    }),
    'code-path': Flags.string({ helpValue: 'DIR', description: 'local folder that contains omniinfer/' }),
    'log-path': Flags.string({ default: '/data/log', helpValue: 'DIR', description: 'logs on the hosts' }),
    'served-model-name': Flags.string({ default: 'deepseek', description: 'what requests name as model' }),
    'proxy-host': Flags.string({ helpValue: 'IP', description: 'where the proxy runs (default: the first host)' }),
    'proxy-port': Flags.integer({ default: 7000, min: 1024, max: 65500, description: 'where the proxy listens' }),
    out: Flags.string({ char: 'o', helpValue: 'FILE', description: 'where to write the file (default: stdout)' }),
    force: Flags.boolean({ char: 'f', description: 'overwrite the file' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Init);
    const { initCommand } = await import('../operations/init/initCommand.ts');
    const { answer, shown, talk } = await initCommand({
      ...flags,
      shape: args.form,
      diesPerHost: flags['dies-per-host'],
      diesPerNpu: flags['dies-per-npu'],
      modelPath: flags['model-path'],
      name: flags.name ?? null,
      privateKey: flags['private-key'],
      codePath: flags['code-path'] ?? null,
      logPath: flags['log-path'],
      servedModelName: flags['served-model-name'],
      proxyHost: flags['proxy-host'] ?? null,
      proxyPort: flags['proxy-port'],
      out: flags.out ?? null,
    });
    if (talk !== '' && !this.jsonEnabled()) process.stderr.write(`${talk}\n`);
    this.log(shown);
    return answer;
  }
}
