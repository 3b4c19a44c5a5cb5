import { Flags } from '@oclif/core';
import { SessionCommand } from '../cli/sessionCommand.ts';
import { deploymentFlag, overrideFlag } from '../operations/session/flags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';

export default class FetchDumps extends SessionCommand {
  static override summary = "Bring OmniPlacement's activation dumps here, verified complete, with a manifest.";
  static override description =
    "Decode from the node of rank 0, prefill from every instance, each into its own folder (D0, P0, P1...): the newest folder of windows, or --all. NODE: nodes, hosts, roles or groups; none: all instances that have a dump_dir. A word that ends in .yml is the deployment file (default: the one served last). Windows are checked for missing ones, lines and columns, and against the host's sha256; manifest.json says under what pattern they were recorded. An interrupted fetch goes on where it stopped. Exit codes: 0 done, 2 bad usage, 3 a window is missing or damaged, 4 only unreachable hosts failed, 130 interrupted.";
  static override usage = 'fetch-dumps [NODE...] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> fetch-dumps cluster.yml',
    '<%= config.bin %> fetch-dumps decode --all --out dumps',
  ];
  static override strict = false;
  static override flags = {
    deployment: deploymentFlag,
    override: overrideFlag,
    out: Flags.string({
      char: 'o',
      helpValue: 'FOLDER',
      description: 'folder they go to (default: ./<cluster>-dumps)',
    }),
    all: Flags.boolean({ description: 'every folder of windows, not the newest alone' }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(FetchDumps);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const verb = import('../operations/dumps/dumpsCommand.ts');
    return this.inSession(verb, { file, flags, quiet: true }, ({ fetchDumpsCommand }, session) =>
      fetchDumpsCommand(session, { nodes, out: flags.out, json: this.jsonEnabled(), all: flags.all }),
    );
  }
}
