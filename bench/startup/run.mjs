// What a start costs beside a node that does nothing, in CPU time. Needs the build.
//   npm run bench:startup -- [--runs 5]
//   npm run bench:startup -- --against CHECKOUT [--runs 7]   in turn with another built checkout; exit 1 if a command takes 5 % more
import { runHere } from '../runHere.mjs';

await runHere(new URL('./main.ts', import.meta.url), process.argv.slice(2));
