import { benchAffine } from './affine.ts';
import { benchCold, runCold } from './cold.ts';
import { benchEpisodes } from './episodes.ts';
import { benchLeast } from './least.ts';
import { benchMoves } from './moves.ts';
import { readOptions } from './options.ts';
import { benchSingles } from './singles.ts';
import { printTable, type Table } from './table.ts';

const SECTIONS = {
  singles: benchSingles,
  episodes: benchEpisodes,
  affine: benchAffine,
  moves: benchMoves,
  least: benchLeast,
  cold: benchCold,
} as const;

const options = readOptions(process.argv.slice(2), Object.keys(SECTIONS));
if (options.cold !== undefined) runCold(options.cold, options);
else {
  const tables: Table[] = [];
  for (const [name, bench] of Object.entries(SECTIONS)) {
    if (!options.only.includes(name)) continue;
    for (const table of bench(options)) {
      if (!options.json) printTable(table);
      tables.push(table);
    }
  }
  if (options.json) console.log(JSON.stringify({ node: process.version, seed: options.seed, tables }, null, 1));
}
