import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import type { Explanation } from '../operations/explain/explain.ts';
import { overrideFlag } from '../operations/session/flags.ts';

export default class Explain extends BaseCommand {
  static override summary = 'Say why each value of a deployment is what it is: ranks, ports, masters, server lists.';
  static override examples = [
    '<%= config.bin %> explain inventories/2p1d.yml',
    '<%= config.bin %> explain cluster.yml d1',
    '<%= config.bin %> explain cluster.yml d1.server_offset --json',
    '<%= config.bin %> explain cluster.yml services',
  ];
  static override args = {
    deployment: Args.string({ description: 'deployment file', required: true }),
    what: Args.string({
      description: 'a node, or one of its values: d1 or d1.server_offset; services: the keys of all nodes',
    }),
  };
  static override flags = { override: overrideFlag };

  async run(): Promise<Explanation> {
    const { args, flags } = await this.parse(Explain);
    const [{ loadDeployment }, { explain, explanationText }, { localDialect }, { UserError }] = await Promise.all([
      import('../operations/session/loadDeployment.ts'),
      import('../operations/explain/explain.ts'),
      import('../operations/cluster/validate.ts'),
      import('../errors/userError.ts'),
    ]);
    const { deployment, positions, warningsText } = await loadDeployment(args.deployment, flags.override);
    const answer = explain(deployment, args.what ?? null, await localDialect(deployment), positions);
    if ('problem' in answer) throw new UserError('unknown_value', answer.problem);
    if (warningsText !== '') this.say(warningsText);
    this.log(explanationText(answer.explanation));
    return answer.explanation;
  }
}
