import { UserError } from '../../errors/userError.ts';
import {
  evenSources,
  layerSlots,
  localise,
  measureTraffic,
  mergeEpisodes,
  type Placement,
  type PlacementProblem,
  type Traffic,
} from '../../placement/index.ts';
import type { FlagsOf } from '../session/flagsOf.ts';
import type { localFlags } from './flags.ts';
import { layerSources, type SourceLoad } from './sourceLoad.ts';

export type KeepLocalFlags = FlagsOf<typeof localFlags>;

/** Shares are of all tokens, over all layers. */
export interface Locality {
  /** `affine`: near first; `uniform`: replicas are drawn evenly */
  readonly routing: 'affine' | 'uniform';
  /** `even`: nothing says where tokens start; `measured`: a load per source rank does */
  readonly sources: 'even' | 'measured';
  /** by what share the PAR of a layer might rise */
  readonly parCost: number;
  /** means over layers, under this routing and these sources */
  readonly parMean: number;
  readonly parMeanBefore: number;
  readonly acrossHosts: number;
  readonly acrossHostsBefore: number;
  /** no placement of these slots sends fewer, whatever its PAR; null where routing ignores hosts */
  readonly leastAcrossHosts: number | null;
  /** null without supernodes */
  readonly acrossSupernodes: number | null;
  readonly acrossSupernodesBefore: number | null;
}

/** From a placement to one of which fewer tokens leave their host, no layer's PAR being higher than its cost allows. */
export function keepLocal(
  problem: PlacementProblem,
  before: Placement,
  sources: SourceLoad | undefined,
  flags: KeepLocalFlags,
  say: (line: string) => void,
): { readonly placement: Placement; readonly locality: Locality } {
  const { ranks, layers, experts } = before;
  const { ranksPerHost = 16, effort = 1, seed = 0 } = problem;
  const ranksPerSupernode = supernodeOf(flags['ranks-per-supernode'], ranksPerHost, ranks);
  const supernodeWeight = flags['ranks-per-supernode'] === undefined ? 0 : (flags['supernode-weight'] ?? 1);
  const parCost = flags['par-cost'] ?? 0.01;
  const routing = problem.split === 'uniform' ? 'uniform' : 'affine';
  if (sources !== undefined) refuseOtherShape(sources, before);
  const { tokens } = mergeEpisodes(problem.load, 1);
  const after: Placement = { ...before, slotExpert: before.slotExpert.slice() };
  const was: Traffic[] = [];
  const is: Traffic[] = [];
  let least = 0;
  let spoken = performance.now();
  for (let index = 0; index < layers; index++) {
    const own = tokens.subarray(index * experts, (index + 1) * experts);
    const tokensOf = sources === undefined ? evenSources(own, ranks) : layerSources(sources, index);
    const layer = { experts, ranks, ranksPerHost, ranksPerSupernode, sources: tokensOf, routing } as const;
    const start = layerSlots(before, index);
    const traffic = measureTraffic(layer, start);
    const found = localise(layer, {
      slotsPerRank: before.slotsPerRank[index]!,
      parLimit: traffic.par * (1 + parCost),
      supernodeWeight,
      seed: seed + index,
      moves: Math.round(MOVES * (effort === 0 ? 0.1 : effort)),
      starts: [start],
    });
    const better = isBetter(found.traffic, traffic, parCost, supernodeWeight);
    if (better) layerSlots(after, index).set(found.slots);
    was.push(traffic);
    is.push(better ? found.traffic : traffic);
    least += found.leastAcrossHosts ?? Number.NaN;
    if (performance.now() - spoken > 10_000) {
      spoken = performance.now();
      say(`tokens kept at home in ${index + 1} of ${layers} layers`);
    }
  }
  const summary = {
    routing,
    sources,
    parCost,
    least,
    bySupernode: flags['ranks-per-supernode'] !== undefined,
  } as const;
  return { placement: after, locality: localityOf(was, is, summary) };
}

interface LocalitySummary extends Pick<Locality, 'routing' | 'parCost'> {
  readonly sources: SourceLoad | undefined;
  /** Tokens that leave their host whatever the placement; NaN: not known. */
  readonly least: number;
  readonly bySupernode: boolean;
}

/** Shares of all tokens: `was` and `is` are traffic by layer, before and after. */
function localityOf(
  was: readonly Traffic[],
  is: readonly Traffic[],
  { routing, sources, parCost, least, bySupernode }: LocalitySummary,
): Locality {
  const all = sum(was, ({ tokens }) => tokens);
  const share = (part: number) => (all === 0 ? 0 : part / all);
  const ofSupernodes = (traffics: readonly Traffic[]) =>
    bySupernode ? share(sum(traffics, ({ acrossSupernodes }) => acrossSupernodes)) : null;
  return {
    routing,
    sources: sources === undefined ? 'even' : 'measured',
    parCost,
    parMean: sum(is, ({ par }) => par) / is.length,
    parMeanBefore: sum(was, ({ par }) => par) / was.length,
    acrossHosts: share(sum(is, ({ acrossHosts }) => acrossHosts)),
    acrossHostsBefore: share(sum(was, ({ acrossHosts }) => acrossHosts)),
    leastAcrossHosts: Number.isNaN(least) ? null : share(least),
    acrossSupernodes: ofSupernodes(is),
    acrossSupernodesBefore: ofSupernodes(was),
  };
}

/** per layer, at effort 1: some 2 s at 64 ranks */
const MOVES = 1_000_000;

function isBetter(found: Traffic, before: Traffic, parCost: number, weight: number): boolean {
  const leaving = ({ acrossHosts, acrossSupernodes }: Traffic) => acrossHosts + weight * acrossSupernodes;
  return found.par <= before.par * (1 + parCost) * (1 + 1e-9) && leaving(found) < leaving(before);
}

function supernodeOf(given: number | undefined, ranksPerHost: number, ranks: number): number {
  if (given === undefined) return ranks;
  if (given % ranksPerHost === 0) return given;
  throw new UserError('bad_usage', `a supernode of ${given} ranks is no whole number of hosts of ${ranksPerHost}`, {
    hint: 'Give --ranks-per-supernode as a multiple of --ranks-per-host.',
  });
}

function refuseOtherShape(sources: SourceLoad, { ranks, layers, experts }: Placement): void {
  if (sources.ranks === ranks && sources.layers === layers && sources.experts === experts) return;
  throw new UserError(
    'bad_shape',
    `--source-load is of ${sources.ranks} ranks x ${sources.layers} layers x ${sources.experts} experts, the placement of ${ranks} x ${layers} x ${experts}`,
    { hint: 'Both must be of the same model on the same instance.' },
  );
}

function sum(traffics: readonly Traffic[], of: (traffic: Traffic) => number): number {
  return traffics.reduce((all, one) => all + of(one), 0);
}
