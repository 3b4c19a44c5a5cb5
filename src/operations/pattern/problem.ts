import { UserError } from '../../errors/userError.ts';
import { readBytes } from '../../files/readBytes.ts';
import { utf8Text } from '../../files/readText.ts';
import { type Load, type MoveBudget, type Placement, parseNpy, type ReferenceProblem } from '../../placement/index.ts';
import type { FlagsOf } from '../session/flagsOf.ts';
import { inFile } from './asUserError.ts';
import { badFlag, type loadFlags, type shapeFlags, type solveFlags } from './flags.ts';
import { readLoad } from './readLoad.ts';
import { readPlacement } from './readPlacement.ts';
import { sniff } from './sniff.ts';

type LoadFlags = FlagsOf<typeof loadFlags> & { readonly ranks?: number | undefined };

/** The flags of `build` and `compare`. */
export type ProblemFlags = FlagsOf<typeof loadFlags & typeof shapeFlags & typeof solveFlags>;

export interface Given {
  /** where neither --ranks nor --old says it */
  readonly ranks?: number | undefined;
  /** where there is no --load */
  readonly load?: Load | undefined;
}

/** Reads everything the flags name. `given`: what is known without them. */
export async function readProblem(
  flags: ProblemFlags,
  say: (line: string) => void,
  given: Given = {},
): Promise<ReferenceProblem> {
  const old = flags.old === undefined ? undefined : (await readPlacement(flags.old, flags)).placement;
  const ranks = flags.ranks ?? old?.ranks ?? given.ranks;
  if (ranks === undefined) {
    throw new UserError('ranks_unknown', 'nothing says how many ranks the placement is for', {
      hint: 'Give --ranks (dies of the instance) or --old.',
    });
  }
  if (flags.cover === 'host' && ranks <= flags['ranks-per-host']) {
    throw new UserError('bad_usage', `--cover host: all ${ranks} ranks are on one host, which nothing survives`, {
      hint: 'Say with --ranks-per-host how many dies a host has, or take --cover rank.',
    });
  }
  const hasLoad = flags.load !== undefined && flags.load.length > 0;
  const load =
    !hasLoad && given.load !== undefined
      ? given.load
      : await readLoad(loadRequest(flags, old, flags.old === undefined ? [] : [flags.old]), say);
  if (old !== undefined && (old.layers !== load.layers || old.experts !== load.experts)) {
    const message = `${flags.old} is of ${old.layers} layers x ${old.experts} experts, the load of ${load.layers} x ${load.experts}`;
    throw new UserError('bad_shape', message, { hint: 'The load and the placement must be of one model.' });
  }
  return {
    load,
    ranks,
    old,
    slotsPerRank: slotsPerRank(flags, load, ranks, old),
    slotBudget: flags['slot-budget'],
    ranksPerHost: flags['ranks-per-host'],
    capability: flags.capability === undefined ? undefined : await readCapability(flags.capability),
    maxReplicas: flags['max-replicas'],
    maxMoves: flags['max-moves'] === undefined ? undefined : parseMoves(flags['max-moves']),
    moveCost: flags['move-cost'],
    split: flags.split,
    objective: flags.objective,
    cover: flags.cover,
    parThreshold: flags['par-threshold'],
    minGain: flags['min-gain'],
    effort: flags.fast === true ? 0 : flags.effort,
    seed: flags.seed,
    groups: flags.groups,
    nodes: flags.nodes,
    specialLayers: flags['special-layers'],
  };
}

export function loadRequest(
  flags: LoadFlags,
  shape?: { readonly layers: number; readonly experts: number },
  candidates: readonly string[] = [],
) {
  if (flags.load === undefined || flags.load.length === 0) {
    throw new UserError('bad_usage', 'no load is given', {
      hint: 'Give --load FILE, a folder of dumps, or - for stdin.',
    });
  }
  return {
    sources: flags.load,
    windows: flags.windows,
    episodes: flags.episodes,
    recordedUnder: flags['recorded-under'],
    candidates,
    experts: flags.experts ?? shape?.experts,
    layers: shape?.layers,
    ranks: flags.ranks,
    strict: flags.strict,
  };
}

/** As asked for, else as the old placement has. */
function slotsPerRank(flags: ProblemFlags, load: Load, ranks: number, old: Placement | undefined) {
  if (flags.slots !== undefined) return flags.slots;
  const redundant = flags['redundant-per-rank'];
  if (redundant !== undefined) return Math.ceil(load.experts / ranks) + redundant;
  return flags['slot-budget'] === undefined ? old?.slotsPerRank : undefined;
}

const BUDGETS: Readonly<Record<string, keyof MoveBudget>> = { layer: 'perLayer', rank: 'perRank', all: 'total' };

/** `200`, or `layer=4,rank=8,all=200`. */
export function parseMoves(text: string): MoveBudget {
  const parts = text.split(',').map((part) => part.match(/^(?:(layer|rank|all)=)?(\d+)$/));
  if (parts.includes(null)) throw badFlag(`--max-moves ${text}`, 'Give a number, or layer=4,rank=8,all=200.');
  return Object.fromEntries(parts.map((part) => [BUDGETS[part![1] ?? 'all']!, Number(part![2])]));
}

async function readCapability(file: string): Promise<Float64Array> {
  const bytes = await readBytes(file);
  return inFile(file, () => {
    if (sniff(bytes) === 'npy') return Float64Array.from(parseNpy(bytes).data);
    const words = utf8Text(bytes, file)

      .split(/[\s,[\]]+/)
      .filter((word) => word !== '');
    const wrong = words.find((word) => !(Number(word) > 0));
    if (words.length > 0 && wrong === undefined) return Float64Array.from(words, Number);
    throw new UserError(
      'bad_file',
      `${file}: ${wrong === undefined ? 'holds no numbers' : `"${wrong}" is no number above 0`}`,
      {
        hint: 'Give the relative speed of each rank, for example [1, 1, 0.8, 1].',
      },
    );
  });
}
