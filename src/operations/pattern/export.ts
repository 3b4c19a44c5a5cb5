import { join } from 'node:path';
import { UserError } from '../../errors/userError.ts';
import { type Exported, exportMaps, exportPlan } from './exportMaps.ts';
import { proveMigration } from './prove.ts';
import { type PlacementHints, readPlacement } from './readPlacement.ts';

export interface ExportFlags extends PlacementHints {
  readonly old?: string | undefined;
  readonly 'ranks-per-host'?: number | undefined;
}

export interface ExportAnswer extends Exported {
  readonly layers: number;
  readonly experts: number;
  readonly ranks: number;
}

/** A placement in every engine's form, and with `old` the moves that lead to it. */
export async function exportPattern(file: string, folder: string, flags: ExportFlags): Promise<ExportAnswer> {
  const { placement } = await readPlacement(file, flags);
  const { layers, experts, ranks } = placement;
  const old = flags.old === undefined ? undefined : (await readPlacement(flags.old, flags)).placement;
  const migration = old === undefined ? undefined : proveMigration(old, placement, flags['ranks-per-host']);
  const { files, left } = await exportMaps(placement, folder);
  if (files.length === 0) {
    throw new UserError(
      'bad_placement',
      `${file}: no engine's form can say it: ${left.map(({ reason }) => reason)[0]}`,
      {
        hint: `See what is wrong with it: omniplace pattern check ${file}`,
      },
    );
  }
  if (old === undefined || migration === undefined) return { layers, experts, ranks, files, left };
  const plan = await exportPlan(old, placement, { migration, storageLoads: [] }, join(folder, 'transfer_plan.json'));
  return { layers, experts, ranks, files: [...files, plan], left };
}
