import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import type { RenderManifest } from '../operations/render/render.ts';
import { overrideFlag } from '../operations/session/flags.ts';

export default class Render extends BaseCommand {
  static override summary = 'Write everything a deployment puts on its hosts into a folder, without touching a host.';
  static override description =
    `Writes OUT/<host>/<path on the host> and OUT/manifest.json: configurations, start scripts, rank tables, patterns and wheels,
with digests, and the docker run command of every node. What needs a fact that is not given is left out and named in the manifest.`;
  static override examples = [
    '<%= config.bin %> render inventories/2p1d.yml --out rendered',
    '<%= config.bin %> render cluster.yml --out rendered --facts facts.json',
    '<%= config.bin %> render cluster.yml --out rendered --device-ips ips.json',
  ];
  static override args = { deployment: Args.string({ description: 'deployment file', required: true }) };
  static override flags = {
    out: Flags.string({
      description: 'folder to write to: a new or empty one, or one that render wrote',
      required: true,
    }),
    facts: Flags.string({ description: 'facts of the hosts, as the facts command writes them', helpValue: 'FILE' }),
    'device-ips': Flags.string({
      description: 'addresses of the dies alone, as JSON: {"10.0.0.1": {"0": "172.16.1.0"}}',
      helpValue: 'FILE',
      exclusive: ['facts'],
    }),
    override: overrideFlag,
  };

  async run(): Promise<RenderManifest> {
    const { args, flags } = await this.parse(Render);
    const { renderCommand } = await import('../operations/render/renderCommand.ts');
    const { manifest, warningsText, text } = await renderCommand({ file: args.deployment, ...flags });
    if (warningsText !== '') this.say(warningsText);
    this.log(text);
    return manifest;
  }
}
