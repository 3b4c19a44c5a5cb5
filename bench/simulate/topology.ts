import { references } from '../../src/placement/index.ts';
import { localise } from '../../src/placement/locality/localise.ts';
import { evenSources, measureTraffic, type TrafficLayer } from '../../src/placement/locality/traffic.ts';
import { Random } from '../../src/placement/random.ts';
import { SHAPES, skewedLoad } from '../placement/workloads.ts';

/** Tokens leaving their host, EPLB global against ours, on loads hot by groups; seed 1. */
const option = (name: string, standard: number) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? standard : Number(process.argv[at + 1]);
};
const LAYERS = option('--layers', 4);
const MOVES = option('--moves', 1_000_000);
const GROUP = 32;

console.log('DeepSeek-V3 experts, groups of 32 hot together, hosts of 8 and 16, one redundant slot per rank, seed 1');
console.log(
  'sources   routing  ranks hosts | EPLB: off host   PAR | ours: off host   PAR   fewer   at 1.02 x PAR  least possible    ms/layer',
);
for (const correlated of [false, true]) {
  for (const routing of ['affine', 'uniform'] as const) {
    if (!correlated && routing === 'uniform') continue; // the same for every placement: docs/simulate.md
    for (const ranks of [32, 64, 128])
      for (const ranksPerHost of [8, 16]) row(correlated, routing, ranks, ranksPerHost);
  }
}

function row(correlated: boolean, routing: 'affine' | 'uniform', ranks: number, ranksPerHost: number): void {
  const { experts } = SHAPES['DeepSeek-V3'];
  const load = skewedLoad({ layers: LAYERS, experts }, 'grouped', 1);
  const slotsPerRank = experts / ranks + 1;
  const eplb = references.eplb({ load, ranks, slotsPerRank });
  const sum = { eplb: 0, eplbPar: 0, ours: 0, oursPar: 0, loose: 0, least: 0, ms: 0 };
  for (let index = 0; index < LAYERS; index++) {
    const tokens = load.tokens.subarray(index * experts, (index + 1) * experts);
    const sources = correlated ? groupSources(tokens, ranks, ranksPerHost, index) : evenSources(tokens, ranks);
    const layer: TrafficLayer = { experts, ranks, ranksPerHost, ranksPerSupernode: ranks, sources, routing };
    const start = eplb.slotExpert.subarray(eplb.layerOffset[index]!, eplb.layerOffset[index + 1]!);
    const theirs = measureTraffic(layer, start);
    const began = process.cpuUsage().user;
    const options = { slotsPerRank, parLimit: theirs.par, supernodeWeight: 0, seed: 1, moves: MOVES, starts: [start] };
    const found = localise(layer, options);
    sum.ms += (process.cpuUsage().user - began) / 1000 / LAYERS;
    const loose = localise(layer, { ...options, parLimit: 1.02 * theirs.par, starts: [start, found.slots] });
    sum.loose += loose.traffic.acrossHosts / theirs.tokens / LAYERS;
    sum.eplb += theirs.acrossHosts / theirs.tokens / LAYERS;
    sum.eplbPar += theirs.par / LAYERS;
    sum.ours += found.traffic.acrossHosts / theirs.tokens / LAYERS;
    sum.oursPar += found.traffic.par / LAYERS;
    sum.least += (found.leastAcrossHosts ?? Number.NaN) / theirs.tokens / LAYERS;
  }
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(7);
  console.log(
    `${correlated ? 'by host ' : 'even    '}  ${routing.padEnd(7)} ${String(ranks).padStart(5)} ${String(ranks / ranksPerHost).padStart(5)} |` +
      `       ${percent(sum.eplb)} ${sum.eplbPar.toFixed(3)} |       ${percent(sum.ours)} ${sum.oursPar.toFixed(3)} ${percent(1 - sum.ours / sum.eplb)}         ${percent(1 - sum.loose / sum.eplb)}` +
      `         ${Number.isNaN(sum.least) ? '      -' : percent(sum.least)}  ${sum.ms.toFixed(0).padStart(9)}`,
  );
}

/** The requests of a host have topics of their own: each host prefers some groups of experts, up to fivefold. */
function groupSources(tokens: Float64Array, ranks: number, ranksPerHost: number, seed: number): Float64Array {
  const random = Random.scrambled(seed + 77);
  const hosts = ranks / ranksPerHost;
  const groups = tokens.length / GROUP;
  const taste = Array.from({ length: hosts * groups }, () => Math.exp(0.8 * random.normal()));
  const sources = new Float64Array(ranks * tokens.length);
  for (let expert = 0; expert < tokens.length; expert++) {
    const group = Math.floor(expert / GROUP);
    let sum = 0;
    for (let host = 0; host < hosts; host++) sum += taste[host * groups + group]! * ranksPerHost;
    for (let rank = 0; rank < ranks; rank++) {
      const own = taste[Math.floor(rank / ranksPerHost) * groups + group]!;
      sources[rank * tokens.length + expert] = (tokens[expert]! * own) / sum;
    }
  }
  return sources;
}
