// A benchmark of the simulator.
//   node bench/simulate/run.mjs topology [--layers N]    tokens that leave a host, against EPLB
//   node bench/simulate/run.mjs recover               maps and re-placement after the loss of ranks
//   node bench/simulate/run.mjs speed [--steps N]        a long replay, its time and memory
import { runHere } from '../runHere.mjs';

const [which = 'topology', ...rest] = process.argv.slice(2);
await runHere(new URL(`./${which}.ts`, import.meta.url), rest);
