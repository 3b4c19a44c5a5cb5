import { Flags } from '@oclif/core';
import { SessionCommand } from '../cli/sessionCommand.ts';
import { deploymentFlag, overrideFlag } from '../operations/session/flags.ts';
import { nodeWords } from '../operations/session/nodeWords.ts';

export default class FetchLogs extends SessionCommand {
  static override summary = 'Bring the logs of nodes here, a folder for each, with their digests.';
  static override description =
    'NODE: nodes, hosts, roles or groups; none: everything. A word that ends in .yml is the deployment file (default: the one served last). One stream per node; what is here already and whole is not fetched again, so an interrupted fetch goes on where it stopped. NODE.manifest.json names every file with its sha256. Exit codes: 0 done, 2 bad usage, 3 a file is not here or not to be trusted, 4 only unreachable hosts failed, 130 interrupted.';
  static override usage = 'fetch-logs [NODE...] [DEPLOYMENT]';
  static override examples = [
    '<%= config.bin %> fetch-logs cluster.yml',
    '<%= config.bin %> fetch-logs d0 d1 --out /tmp/logs',
  ];
  static override strict = false;
  static override flags = {
    deployment: deploymentFlag,
    override: overrideFlag,
    out: Flags.string({ char: 'o', helpValue: 'FOLDER', description: 'folder they go to (default: ./<cluster>-logs)' }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(FetchLogs);
    const { file, nodes } = nodeWords(argv as string[], flags.deployment);
    const verb = import('../operations/fetch/logsCommand.ts');
    return this.inSession(verb, { file, flags, quiet: true }, ({ fetchLogsCommand }, session) =>
      fetchLogsCommand(session, { nodes, out: flags.out, json: this.jsonEnabled() }),
    );
  }
}
