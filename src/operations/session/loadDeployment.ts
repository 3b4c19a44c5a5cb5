import type { Overlay } from '../../balancing/overlay.ts';
import type { Deployment } from '../../deployment/deployment.ts';
import type { Fault } from '../../deployment/fault.ts';
import type { Positions } from '../../deployment/positions.ts';
import { UserError } from '../../errors/userError.ts';
import type { Tag } from '../../plan/tags.ts';
import { lastDeployment } from '../../state/lastDeployment.ts';
import { validateFile } from '../cluster/validate.ts';
import { faultsSummary, faultsText } from './faultsText.ts';

export interface LoadedDeployment {
  readonly deployment: Deployment;
  /** Where each value is written; null: not known. */
  readonly positions: Positions | null;
  readonly warnings: readonly Fault[];
  /** The warnings as text, for stderr; empty without any. */
  readonly warningsText: string;
}

/**
 * The deployment a command works on; with a fault in it, an error that shows all of them (exit code 2).
 * `overlay`: read instead of what `balance` wrote beside the file. `forTags`: what will be run, which may need local files; without a run, files that are missing are no matter.
 */
export async function loadDeployment(
  file: string,
  overrides: readonly string[],
  forTags: ReadonlySet<Tag> = new Set(),
  overlay?: Overlay,
): Promise<LoadedDeployment> {
  const validation = await validateFile(file, { overrides, forTags, ...(overlay === undefined ? {} : { overlay }) });
  const faults = validation.faults.filter(({ code }) => forTags.size > 0 || code !== 'missing_local_file');
  const shown = faultsText(faults, new Map([[file, validation.text]]));
  if (validation.deployment === null) {
    throw new UserError('bad_deployment', `${shown}\n\n${faultsSummary([file], faults)}`, { faults });
  }
  const overlaid = validation.overlaid === null ? [] : [`with ${validation.overlaid}, which omniplace balance wrote`];
  const warningsText = [...overlaid, ...namesWords(validation.names), ...(shown === '' ? [] : [shown])].join('\n');
  return { deployment: validation.deployment, positions: validation.positions, warnings: faults, warningsText };
}

/** What names of hosts stand for; nothing where the file has none. */
export function namesWords(names: ReadonlyMap<string, string>): readonly string[] {
  if (names.size === 0) return [];
  const each = [...names].map(([address, name]) => `${name} is ${address}`);
  return [`names, as this machine resolves them: ${each.join(', ')}`];
}

/** The file that was named, else the one served last, which is said. */
export async function deploymentFile(named: string | undefined, stateFolder: string): Promise<string> {
  if (named !== undefined) return named;
  const file = await lastDeployment(stateFolder);
  if (file === null) {
    throw new UserError('no_deployment', 'No deployment was given, and none was served from here yet.', {
      hint: `Name the file: omniplace ${commandWords(process.argv.slice(2))} cluster.yml`,
    });
  }
  process.stderr.write(`deployment: ${file} (the one served last)\n`);
  return file;
}

/** The command that runs: what stands before its flags, as without a file it has no other argument. */
function commandWords(words: readonly string[]): string {
  const firstFlag = words.findIndex((word) => word.startsWith('-'));
  return words.slice(0, firstFlag === -1 ? undefined : firstFlag).join(' ');
}
