// Ansible, Mitogen and omniplace on the same hosts. Needs Linux, root and what docs/speed.md names.
//   npm run bench:ansible -- [--json] [--quick] [--only files,steps,big,noop,same] [--runs N] [--hosts N] [--many N] [--ours]
import { runApart } from '../runApart.mjs';

await runApart(new URL('./main.ts', import.meta.url), new URL('./controller.ts', import.meta.url));
