import { logicalMaps, type Recovery, recover, references, survivorsNow } from '../../src/placement/index.ts';
import { skewedLoad } from '../placement/workloads.ts';

/** Recovery of 58 layers x 256 experts from the loss of ranks: CPU per call, the first and the later ones; seed 1. */
const HOST = Array.from({ length: 8 }, (_, rank) => rank);
const CASES = [
  [32, 9, [5]],
  [64, 5, [5]],
  [128, 3, [5]],
  [32, 16, HOST],
  [64, 8, HOST],
] as const;
const load = skewedLoad({ layers: 58, experts: 256 }, 'log-normal', 1);
console.log('ranks slots lost | maps ms | re-placement ms: first, then | missing moves');
for (const [ranks, slotsPerRank, lost] of CASES) {
  const placement = references.vllm({ load, ranks, slotsPerRank });
  const maps = cpuMs(() => logicalMaps(survivorsNow(placement, new Set(lost))));
  const times: number[] = [];
  let last: Recovery | undefined;
  for (let round = 0; round < 7; round++) {
    times.push(
      cpuMs(() => {
        last = recover({ placement, lost, load });
      }),
    );
  }
  const [first, ...warm] = times;
  const moves = last!.migration.numTransfers + last!.storageLoads.length;
  const median = warm.sort((a, b) => a - b)[3]!;
  console.log(
    `${String(ranks).padStart(5)} ${String(slotsPerRank).padStart(5)} ${String(lost.length).padStart(4)} | ${maps.toFixed(0).padStart(7)} | ${first!.toFixed(0).padStart(21)} ${median.toFixed(0).padStart(6)} | ${String(last!.missing.length).padStart(7)} ${String(moves).padStart(5)}`,
  );
}

function cpuMs(work: () => void): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}
