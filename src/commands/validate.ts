import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/baseCommand.ts';
import type { Fault } from '../deployment/fault.ts';
import type { UsedDialect } from '../engines/dialectReader.ts';
import { EXIT } from '../errors/exitCodes.ts';
import { overrideFlag } from '../operations/session/flags.ts';

interface ValidateAnswer {
  readonly ok: boolean;
  readonly faults: readonly Fault[];
  /** By file: what start scripts would be written for. */
  readonly dialects: Readonly<Record<string, UsedDialect | null>>;
}

export default class Validate extends BaseCommand {
  static override summary = 'Find everything wrong with deployment files, without touching a host.';
  static override description = `Reports all faults at once, each with its place, code and what to do.
Exit code 2 if there is an error; warnings alone leave it 0. Every code is explained in docs/reference/faults.md.`;
  static override examples = [
    '<%= config.bin %> validate inventories/2p1d.yml',
    '<%= config.bin %> validate *.yml --json',
  ];
  static override strict = false;
  static override args = { files: Args.string({ description: 'deployment files', required: true }) };
  static override flags = { override: overrideFlag };

  async run(): Promise<ValidateAnswer> {
    const { argv, flags } = await this.parse(Validate);
    const files = argv as string[];
    const { validateFile } = await import('../operations/cluster/validate.ts');
    const results = await Promise.all(files.map((file) => validateFile(file, { overrides: flags.override })));
    const faults = results.flatMap((result) => result.faults);
    if (!this.jsonEnabled()) {
      const { faultsText, faultsSummary } = await import('../operations/session/faultsText.ts');
      const texts = new Map(results.map(({ text }, i) => [files[i]!, text]));
      if (faults.length > 0) this.log(`${faultsText(faults, texts)}\n`);
      this.log(faultsSummary(files, faults));
      const { namesWords } = await import('../operations/session/loadDeployment.ts');
      for (const [i, { names }] of results.entries())
        for (const words of namesWords(names)) this.log(`${files[i]}: ${words}`);
      const { dialectWords } = await import('../engines/dialectReader.ts');
      for (const [i, { dialect }] of results.entries())
        if (faults.length === 0 && dialect !== null)
          this.log(`${files[i]}: start scripts are written for ${dialectWords(dialect)}`);
    }
    const ok = results.every((result) => result.ok);
    if (!ok) process.exitCode = EXIT.usage;
    return { ok, faults, dialects: Object.fromEntries(results.map(({ dialect }, i) => [files[i]!, dialect])) };
  }
}
