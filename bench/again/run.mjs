// `serve` again, where nothing has changed. Needs the build (npm run build); without --deployment Linux, root, sshd and python3.
//   npm run bench:again -- [--json] [--hosts 32] [--runs 5]        hosts of one sshd and one server each, made and served first
//   npm run bench:again -- --deployment FILE [--json] [--runs 5]   a cluster that serves already (one of the lab, or a real one)
import { runHere } from '../runHere.mjs';

await runHere(new URL('./main.ts', import.meta.url), process.argv.slice(2));
