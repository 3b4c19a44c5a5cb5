import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import { UserError } from '../errors/userError.ts';
import { runFlags, selectionFlags, selectionOf, tagsOf } from '../operations/session/runFlags.ts';
import { transferFlags, transferWish } from '../operations/session/transferFlags.ts';

export default class Serve extends BaseCommand {
  static override summary = 'Bring a cluster to what its deployment file says, up to a verified token.';
  static override description =
    'Probes every host once, plans the difference, shows it, and runs it phase by phase. What is already so is left alone: a second serve changes nothing. Exit codes: 0 done, 2 bad file or usage, 3 a step failed, 4 only unreachable hosts failed, 5 locked by another run, 6 deployed but no token came and nothing served before, 7 no token came and what served before serves again, 8 nor did that, 130 interrupted.';
  static override examples = [
    '<%= config.bin %> serve cluster.yml',
    '<%= config.bin %> serve cluster.yml --check --diff',
    '<%= config.bin %> serve cluster.yml --only sync_code,stop_server,run_server,run_proxy,verify --yes',
    '<%= config.bin %> serve cluster.yml --limit "decode,!10.0.0.7"',
    '<%= config.bin %> serve cluster.yml --take-over "old_*" --check',
    '<%= config.bin %> serve cluster.yml --fan-out --limit-rate 100M',
    '<%= config.bin %> serve cluster.yml --timings --trace serve.trace.json',
    '<%= config.bin %> serve --resume',
    '<%= config.bin %> serve cluster.yml --no-rollback --yes',
    '<%= config.bin %> serve cluster.yml -e services.decode.gpu_util=0.95',
  ];
  static override args = {
    deployment: Args.string({
      description: 'deployment file (with --resume or --failed, by default the one served last)',
    }),
  };
  static override flags = {
    ...runFlags,
    ...selectionFlags,
    ...transferFlags,
    'take-over': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      default: async () => [],
      helpValue: 'NAMES',
      description:
        "stop these containers that are not the cluster's, comma-separated (* and ? match); they are never removed",
    }),
    check: Flags.boolean({ char: 'C', description: 'show what would be done, and do nothing' }),
    diff: Flags.boolean({ char: 'D', description: 'show how files on the hosts would change' }),
    facts: Flags.string({
      helpValue: 'FILE',
      dependsOn: ['check'],
      exclusive: ['diff'],
      description: 'plan from these facts instead of probing (with --check)',
    }),
    resume: Flags.boolean({
      exclusive: ['failed', 'only', 'skip', 'limit', 'start-at', 'take-over', 'facts'],
      description:
        'finish the last run, which was interrupted or failed; refused when hosts or the deployment changed since',
    }),
    failed: Flags.boolean({
      exclusive: ['only', 'skip', 'limit', 'start-at', 'take-over', 'facts'],
      description: 'only the hosts on which something failed, or was not done, in the last run',
    }),
    rollback: Flags.boolean({
      default: true,
      allowNo: true,
      description: 'when a change brings no token, put back what served before (--no-rollback: leave it as it is)',
    }),
    'list-tasks': Flags.boolean({ description: 'list the steps of the plan, and do nothing' }),
    'list-hosts': Flags.boolean({ description: 'list the hosts of the plan, and do nothing' }),
    'list-tags': Flags.boolean({ description: 'list the tags of the plan, and do nothing' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Serve);
    const [{ openSession }, { serveCommand }] = await Promise.all([
      import('../operations/session/session.ts'),
      import('../operations/serve/serveCommand.ts'),
    ]);
    const { verbose, override: overrides, timings, trace } = flags;
    const asked = selectionOf(flags);
    if (args.deployment === undefined && !flags.resume && !flags.failed)
      throw new UserError('bad_usage', 'Missing the deployment file.', { hint: 'omniplace serve cluster.yml' });
    const again =
      flags.resume || flags.failed
        ? await (await import('../operations/serve/resumeWish.ts')).resumeWish(args.deployment, overrides, flags.failed)
        : { file: args.deployment, selection: asked, overrides, resumable: null };
    const { selection } = again;
    const transfer = transferWish(flags);
    const forTags = tagsOf(selection);
    const list = flags['list-tasks'] ? 'tasks' : flags['list-hosts'] ? 'hosts' : flags['list-tags'] ? 'tags' : null;
    const session = await openSession({
      file: again.file,
      overrides: again.overrides,
      forTags,
      verbose,
      timings,
      trace,
      json: this.jsonEnabled(),
      journaled: !flags.check && list === null,
    });
    try {
      const { answer, exitCode, text } = await serveCommand(session, selection, {
        checkOnly: flags.check,
        diff: flags.diff,
        factsFile: flags.facts,
        list,
        yes: flags.yes,
        forks: flags.forks,
        transfer,
        overrides: again.overrides,
        rollback: flags.rollback,
        resumable: again.resumable,
      });
      this.log(text);
      process.exitCode = exitCode;
      return answer;
    } finally {
      await session.close();
    }
  }
}
