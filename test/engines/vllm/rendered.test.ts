import { describe, expect, it } from 'vitest';
import { renderedText, renderedVllm, VLLM_INVENTORIES, vllmInventory } from '../../fakes/renderedVllm.ts';

describe('containers and start scripts of vLLM', () => {
  it.each(VLLM_INVENTORIES)('are those of inventories/%s.yml', async (name) => {
    const rendered = renderedVllm(vllmInventory(name));
    expect(rendered.faults).toEqual([]);
    await expect(renderedText(rendered)).toMatchFileSnapshot(`rendered/${name}.txt`);
  });
});
