//   npm run bench:placement -- [--quick] [--json] [--only singles,episodes,affine,moves,least,cold] [--layers N] [--seed N] [--efforts 1,10]
import { runHere } from '../runHere.mjs';

await runHere(new URL('./main.ts', import.meta.url), process.argv.slice(2));
