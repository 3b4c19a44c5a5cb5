/** How far a line of a log shows loading to be, 0..1: `Loading safetensors checkpoint shards:  25% Completed`; null: it does not. */
export function loadingFraction(line: string): number | null {
  const [, percent] = /(?<![\d.])(\d{1,3}(?:\.\d+)?) ?%/.exec(line) ?? [];
  if (percent !== undefined && /load|shard|weight|compil|captur|download|graph|warm/i.test(line))
    return atMostOne(Number(percent) / 100);
  const [, done, all] = /(?:load|shard|layer|weight)\D*(\d+) ?(?:\/|of) ?(\d+)\b/i.exec(line) ?? [];
  return done === undefined || Number(all) === 0 ? null : atMostOne(Number(done) / Number(all));
}

function atMostOne(fraction: number): number {
  return Math.min(1, fraction);
}
