// apart from the engines' life cycles: help loads none of them

export const SIMULATE_DESCRIPTION = `Replays a trace, recorded or made up, pass by pass against the life cycles of vLLM, vllm-ascend, OmniPlacement and
our own, and compares each with no balancing under a cost model; with --lose also through the loss of ranks. With --sweep it recommends settings for each engine.
docs/simulate.md explains policies, settings and costs.`;

export const SIMULATE_EXAMPLES = [
  '<%= config.bin %> simulate --load gen:drift --policy vllm --policy ascend-flashlb --policy omniplace --ranks 32',
  '<%= config.bin %> simulate --load dumps/ --steps 20000 --policy vllm-sync:interval=50,window=50 --report sim.html',
  '<%= config.bin %> simulate --load trace.npy --policy omni:tick=30 --cost-model costs.json --json',
  '<%= config.bin %> simulate --load gen:steady --steps 2000 --layers 8 --policy vllm --policy omniplace --lose host1@1000',
  '<%= config.bin %> simulate --load gen:bursts --sweep --policy vllm --policy omni --layers 8',
];
