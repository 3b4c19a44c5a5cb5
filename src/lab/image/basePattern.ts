/** OmniPlacement's base pattern file: contiguous, int64, a 128-byte header, shape (ranks, layers, experts). */
export function basePattern(numRanks: number, numLayers: number, numExperts: number): Buffer {
  const perRank = numExperts / numRanks;
  const values = new BigInt64Array(numRanks * numLayers * numExperts);
  for (let rank = 0; rank < numRanks; rank++) {
    for (let layer = 0; layer < numLayers; layer++) {
      const row = (rank * numLayers + layer) * numExperts + rank * perRank;
      values.fill(1n, row, row + perRank);
    }
  }
  return Buffer.concat([header(`(${numRanks}, ${numLayers}, ${numExperts})`), Buffer.from(values.buffer)]);
}

function header(shape: string): Buffer {
  const words = `{'descr': '<i8', 'fortran_order': False, 'shape': ${shape}, }`;
  const prefix = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]);
  return Buffer.concat([prefix, Buffer.from(`${words.padEnd(117)}\n`)]);
}
