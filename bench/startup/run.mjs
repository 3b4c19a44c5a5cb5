// What a start costs beside a node that does nothing, in CPU time. Needs the build.
//   npm run bench:startup -- [--runs 5]
import { runHere } from '../runHere.mjs';

await runHere(new URL('./main.ts', import.meta.url), process.argv.slice(2));
