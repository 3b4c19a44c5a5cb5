// What it costs to plan for many hosts, to look through them, and to refuse a hostile file, in CPU time beside bare node's start.
//   npm run bench:planning -- [--runs 5]
import { runHere } from '../runHere.mjs';

await runHere(new URL('./main.ts', import.meta.url), process.argv.slice(2));
