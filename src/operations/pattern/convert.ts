import { UserError } from '../../errors/userError.ts';
import { writeWhole } from '../../files/writeFile.ts';
import {
  CODECS,
  countDuplicates,
  type Placement,
  type PlacementFormat,
  repairDuplicates,
} from '../../placement/index.ts';
import { inFile } from './asUserError.ts';
import { formatOf } from './formats.ts';
import { type PlacementHints, readPlacement } from './readPlacement.ts';
import { type CheckFault, refuseUnequalRanks } from './slotFaults.ts';

export interface ConvertFlags extends PlacementHints {
  readonly to?: PlacementFormat | undefined;
  readonly repair?: boolean | undefined;
}

export interface ConvertAnswer {
  readonly from: PlacementFormat;
  readonly to: PlacementFormat;
  readonly layers: number;
  readonly experts: number;
  readonly ranks: number;
  /** slots mended with --repair */
  readonly mended: number;
  /** what OmniPlacement loads otherwise than it is */
  readonly faults: readonly CheckFault[];
  readonly out: string;
}

/** Reads a placement in one project's form and writes it in another's. */
export async function convertPattern(file: string, out: string, flags: ConvertFlags): Promise<ConvertAnswer> {
  const to = formatOf(out, flags.to);
  const { placement, format } = await readPlacement(file, flags);
  const { converted, mended } = withoutDuplicates(placement, to, flags.repair === true, file);
  const faults = refuseUnequalRanks(converted, to, file, `See which layers: omniplace pattern check ${file}`);
  await writeWhole(
    out,
    inFile(file, () => CODECS[to].write(converted)),
  );
  const { layers, experts, ranks } = converted;
  return { from: format, to, layers, experts, ranks, mended, faults, out };
}

function withoutDuplicates(placement: Placement, to: PlacementFormat, repair: boolean, file: string) {
  const duplicates = countDuplicates(placement);
  if (duplicates === 0 || (!CODECS[to].equalRanks && !repair)) return { converted: placement, mended: 0 };
  if (repair) return { converted: repairDuplicates(placement).placement, mended: duplicates };
  throw new UserError(
    'duplicates',
    `${file}: ${duplicates} slots hold an expert that their rank holds already, which a pattern can't say`,
    { hint: 'Add --repair to mend them.' },
  );
}
