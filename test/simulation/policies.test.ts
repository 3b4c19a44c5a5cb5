import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/simulation/policies.ts';

const SHAPE = { layers: 58, experts: 256, ranks: 32, ranksPerHost: 16 };
const refusal = (text: string, shape = SHAPE) => {
  try {
    parsePolicy(text, shape);
  } catch (error) {
    return (error as Error).message;
  }
  return 'runs';
};

describe('settings', () => {
  it('start from the engine’s defaults', () => {
    expect(parsePolicy('vllm', SHAPE).settings).toEqual({
      window: 1000,
      interval: 3000,
      redundant: 32,
      groups: 1,
      nodes: 1,
      async: true,
    });
    expect(parsePolicy('vllm:interval=50', SHAPE).settings.interval).toBe(50);
  });

  it('are told as the engine would behave', () => {
    expect(refusal('vllm:redundant=10')).toBe(
      "vllm:redundant=10: 256 + 10 redundant experts don't divide over 32 ranks; vLLM refuses to start (0 or 32 would do)",
    );
    expect(refusal('vllm:window=0')).toBe(
      'vllm:window=0: window is 0; vLLM would fail at the first recorded pass, its ring having no rows',
    );
    expect(refusal('ascend-swift:heat=0')).toBe(
      'ascend-swift:heat=0: heat is 0; vllm-ascend accepts it and then hangs: the plan is fetched before the planner was woken',
    );
    expect(refusal('ascend-swift:algorithm=0')).toContain('then hangs');
    expect(refusal('ascend-default:redundant=64')).toBe(
      'ascend-default:redundant=64: 64 redundant experts on 32 ranks: DefaultEplb raises ValueError above one per rank',
    );
    expect(refusal('ascend-swift:stage=warmup')).toContain('vllm-ascend refuses all but all, prefill and decode');
    expect(refusal('omni', { ...SHAPE, ranks: 24 })).toContain('OmniPlacement raises runtime_error');
    expect(refusal('omniplace:threshold=0.9')).toBe('omniplace:threshold=0.9: threshold is 0.9; PAR is never below 1');
  });

  it('that a policy does not have are refused with those it has', () => {
    expect(refusal('omni:interval=5')).toBe(
      'omni:interval=5: omni has no setting interval; it has perRank, perExpert, roundRobin, tick',
    );
    expect(refusal('omni:tick=soon')).toBe('omni:tick=soon: tick is soon; it is a number');
    expect(refusal('omni:roundRobin=1')).toBe('omni:roundRobin=1: roundRobin is 1; it is true or false');
    expect(refusal('trtllm')).toContain('there is no policy trtllm; there are none (');
  });
});
