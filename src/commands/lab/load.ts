import { Flags } from '@oclif/core';
import { LabCommand, labNameFlag } from '../../cli/labCommand.ts';
import { EXIT } from '../../errors/exitCodes.ts';

export default class LabLoad extends LabCommand {
  static override summary = 'Send completions through the lab’s proxy.';
  static override description =
    'The same seed asks the same prompts. --skew sets how unevenly the simulated gate picks experts (the exponent of a zipf law; 0 is even). With --drift the hot experts are others every so often, and traffic goes over to them gradually. Shows whether decode had the KV caches of the prompts from prefill. Ends with 6 when a request fails, or when decode computed the prompts by itself.';
  static override examples = [
    '<%= config.bin %> lab load',
    '<%= config.bin %> lab load --requests 2000 --skew 1.2 --json',
    '<%= config.bin %> lab load --requests 20000 --skew 1.2 --drift 30s',
  ];
  static override flags = {
    name: labNameFlag,
    requests: Flags.integer({ default: 200, min: 1, max: 1_000_000, description: 'how many' }),
    concurrency: Flags.integer({ char: 'c', default: 8, min: 1, max: 1000, description: 'at most so many at once' }),
    seed: Flags.integer({ default: 1, description: 'of the prompts' }),
    skew: Flags.string({ description: 'exponent of the experts’ popularity; the engine’s own by default' }),
    drift: Flags.string({ description: 'requests (400) or seconds (20s) until other experts are the hot ones' }),
    deployment: Flags.string({
      description: 'deployment file of the servers behind the proxy, by default the one served last',
    }),
    url: Flags.string({ description: 'of the proxy; by default port 7000 of the lab’s first host' }),
    'api-key': Flags.string({
      helpValue: 'env:NAME|file:PATH|command:CMD',
      description: "where the servers' API key is kept",
    }),
  };

  async run() {
    const { flags } = await this.parse(LabLoad);
    const [{ loadWithTransfer }, { describeLoad, loadOptions }, { secretOfFlag }] = await Promise.all([
      import('../../lab/loadWithTransfer.ts'),
      import('../../lab/describeLoad.ts'),
      import('../../operations/session/secretFlag.ts'),
    ]);
    const apiKey = await secretOfFlag('--api-key', flags['api-key']);
    const options = { ...loadOptions(flags, this.say), apiKey, signal: this.interruption() };
    const result = await loadWithTransfer(options, flags.deployment);
    this.log(describeLoad(result));
    if (result.failed > 0 || result.kvTransfer?.state === 'missing') process.exitCode = EXIT.notServing;
    return result;
  }
}
