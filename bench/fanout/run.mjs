// One large file to many hosts behind narrow links, sent by us to each, and passed on by the hosts. Needs Linux, root, sshd,
// python3 and iproute2.
//   npm run bench:fanout -- [--json] [--hosts 16] [--mib 64] [--rate 100mbit] [--runs 3]
import { runApart } from '../runApart.mjs';

await runApart(new URL('./main.ts', import.meta.url));
