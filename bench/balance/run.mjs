// From windows that are complete on the hosts to a new placement that serves on all of them, and what reading windows takes.
// Needs the build (npm run build), Linux, root, sshd and python3.
//   npm run bench:balance -- [--json] [--only rollout,windows] [--runs 3] [--hosts 16] [--dies 2] [--windows 1000,10000]
import { runHere } from '../runHere.mjs';

await runHere(new URL('./main.ts', import.meta.url), process.argv.slice(2));
