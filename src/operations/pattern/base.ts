import { writeWhole } from '../../files/writeFile.ts';
import { baseFileName, basePlacement, CODECS } from '../../placement/index.ts';
import { formatOf } from './formats.ts';

export interface BaseFlags {
  readonly ranks: number;
  readonly layers: number;
  readonly experts: number;
  readonly out?: string | undefined;
}

export interface BaseAnswer {
  readonly layers: number;
  readonly experts: number;
  readonly ranks: number;
  readonly slotsPerRank: number;
  /** ranks that hold one expert less, as the ranks do not divide the experts */
  readonly ranksWithLess: number;
  readonly out: string;
}

/** Writes the contiguous placement without redundancy. */
export async function writeBase({ ranks, layers, experts, out }: BaseFlags): Promise<BaseAnswer> {
  const file = out ?? baseFileName(ranks, layers);
  const placement = basePlacement(layers, ranks, experts);
  await writeWhole(file, CODECS[formatOf(file)].write(placement));
  const ranksWithLess = experts % ranks === 0 ? 0 : ranks - (experts % ranks);
  return { layers, experts, ranks, slotsPerRank: placement.slotsPerRank[0]!, ranksWithLess, out: file };
}
