import { UserError } from '../../errors/userError.ts';
import { readBytes } from '../../files/readBytes.ts';
import { utf8Text } from '../../files/readText.ts';
import {
  type Placement,
  type PlacementFormat,
  parseExpertMap,
  parsePattern,
  parseSglangMap,
  type Violation,
  verifyPlacement,
} from '../../placement/index.ts';
import { inFile } from './asUserError.ts';
import { refuseForeign } from './foreignFile.ts';
import { refuseSharedDevices } from './sharedDevices.ts';
import { sniff } from './sniff.ts';

export interface ReadPlacement {
  readonly placement: Placement;
  readonly format: PlacementFormat;
  /** as the independent verifier finds them */
  readonly violations: readonly Violation[];
}

export interface PlacementHints {
  /** SGLang's map does not say how many there are */
  readonly ranks?: number | undefined;
  readonly experts?: number | undefined;
}

/** A placement that can be worked with: every expert stands somewhere. Duplicates may be there. */
export async function readPlacement(file: string, hints: PlacementHints = {}): Promise<ReadPlacement> {
  const read = await readAnyPlacement(file, hints);
  const fault = read.violations.find(({ code }) => code !== 'duplicate');
  if (fault === undefined) return read;
  throw new UserError('bad_placement', `${file}: ${fault.message}`, {
    hint: `See everything that is wrong with it: omniplace pattern check ${file}`,
  });
}

/** Whatever the file says, with what is wrong with it. */
export async function readAnyPlacement(file: string, hints: PlacementHints = {}): Promise<ReadPlacement> {
  const bytes = await readBytes(file);
  const name = file === '-' ? 'stdin' : file;
  const { placement, format } = inFile(name, () => parse(name, bytes, hints));
  return { placement, format, violations: verifyPlacement(placement) };
}

function parse(name: string, bytes: Uint8Array, { ranks, experts }: PlacementHints) {
  const kind = sniff(bytes);
  if (kind === 'npy') return { placement: parsePattern(bytes), format: 'omni-npy' as const };
  if (kind !== 'json') refuseForeign(bytes, name, 'placement');
  const text = utf8Text(bytes, name);
  if (kind === 'json' && text.includes('"layer_list"')) {
    const placement = parseExpertMap(text, experts);
    refuseSharedDevices(placement, name);
    return { placement, format: 'expert-map' as const };
  }
  if (kind !== 'json') {
    throw new UserError('bad_file', `${name}: is no pattern (.npy) and no map of experts (JSON)`, {
      hint: 'Placements are OmniPlacement’s .npy, vllm-ascend’s expert_map JSON and SGLang’s map JSON.',
    });
  }
  if (ranks === undefined && text.includes('"physical_to_logical_map"')) {
    throw new UserError('ranks_unknown', `${name}: SGLang’s map does not say how many ranks there are`, {
      hint: 'Say it with --ranks.',
    });
  }
  const map = parseSglangMap(text, ranks ?? 1, experts);
  if (map.kind === 'placement') return { placement: map.placement, format: 'sglang-map' as const };
  throw new UserError('bad_file', `${name}: holds loads, not where experts are`, { hint: 'Give it with --load.' });
}
