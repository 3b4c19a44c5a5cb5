import { DEFAULT_COST_MODEL } from '../../src/moves/costModel.ts';
import { generate, parsePolicy, replay } from '../../src/simulation/index.ts';

/** A long replay in one go: seconds and peak memory, policy by policy. */
const at = process.argv.indexOf('--steps');
const steps = at < 0 ? 100_000 : Number(process.argv[at + 1]);
const shape = { layers: 58, experts: 256, ranks: 32, ranksPerHost: 16 };
console.log(`${steps} passes x 58 layers x 256 experts, 32 ranks, drift, seed 1`);
for (const name of ['none', 'vllm', 'ascend-swift', 'omni', 'omniplace']) {
  const trace = generate('drift', { ...shape, steps, tokens: 16_384, period: 4_000, skew: 1, noise: true, seed: 1 });
  const began = process.cpuUsage();
  const options = { shape, cost: DEFAULT_COST_MODEL, phase: 'decode', points: 400 } as const;
  const [outcome] = replay(trace, [parsePolicy(name, shape)], options);
  const { user, system } = process.cpuUsage(began);
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const seconds = (user + system) / 1e6;
  console.log(
    `${name.padEnd(13)} ${seconds.toFixed(1).padStart(6)} s of CPU, ${megabytes.toFixed(0)} MB at most, ${outcome!.rearrangements} plans, ${outcome!.tokensPerSecond.toFixed(0)} tokens/s`,
  );
}
