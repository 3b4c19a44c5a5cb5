// Ten no-op steps on each of 32 to 256 hosts, every one an SSH server of its own: CPU of the controller for each host, memory.
// Needs Linux and ssh-keygen.
//   npm run bench:many -- [--runs 3]
import { runHere } from '../runHere.mjs';

await runHere(new URL('./main.ts', import.meta.url), process.argv.slice(2));
