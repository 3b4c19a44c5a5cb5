// Writes the dumps and the load that docs/patterns.md works with, seeded, so that its commands can be repeated.
//   node bench/placement/example.mjs FOLDER
import { runHere } from '../runHere.mjs';

await runHere(new URL('./example.ts', import.meta.url), process.argv.slice(2));
