import { delimiter } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderedVllm, VLLM_INVENTORIES, vllmInventory } from '../fakes/renderedVllm.ts';
import { unless } from '../fakes/unless.ts';
import { unknownTo } from '../fakes/vllmCommands.ts';
import { vllmSource } from '../fakes/vllmSource.ts';

const folders = (process.env.OMNIPLACE_VLLM ?? '').split(delimiter).filter((folder) => folder !== '');
const obstacle = folders.length === 0 ? 'no source of vLLM was given: --vllm DIR' : null;

it('sources of vLLM are read', unless(obstacle), () => {
  expect(folders).not.toEqual([]);
});

describe.each(folders)('vLLM in %s', (folder) => {
  const source = vllmSource(folder);

  it.each(VLLM_INVENTORIES)('accepts every argument and reads every variable of %s', (name) => {
    expect(unknownTo(source, renderedVllm(vllmInventory(name)))).toEqual([]);
  });
});
