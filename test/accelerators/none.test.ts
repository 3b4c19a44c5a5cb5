import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { acceleratorOf } from '../../src/accelerators/index.ts';
import { probeScript } from '../../src/facts/probe.ts';
import { findingsWith } from './findings.ts';
import { probing } from './probing.ts';

const { folder, fake, probe } = probing();

test('a container without an accelerator has no device of one', () => {
  expect(acceleratorOf('none').container([0, 1])).toEqual({
    mounts: [],
    devices: [],
    flags: [],
    env: {},
    workdir: '/',
  });
});

test('a host without an accelerator runs no tool of a driver, and has no dies', async () => {
  for (const tool of ['hccn_tool', 'npu-smi', 'nvidia-smi']) fake(tool, `: > ${folder()}/called-${tool}`);
  const facts = await probe({ accelerator: 'none', dies: [0, 1] });
  expect(['hccn_tool', 'npu-smi', 'nvidia-smi'].filter((tool) => existsSync(`${folder()}/called-${tool}`))).toEqual([]);
  expect(facts.deviceIps).toEqual({});
  expect(facts.machine).toMatchObject({ software: {}, dieNodes: [], dieProcesses: [], pingsDies: false });
});

test('its probe does not name a driver', () => {
  const request = {
    address: '127.0.0.1',
    cluster: 'c',
    accelerator: 'none',
    images: [],
    paths: [],
    digests: [],
  } as const;
  const script = probeScript(
    { ...request, texts: [], freeOf: [], dumps: null, code: null, dies: [0], ports: [] },
    'abc',
  );
  expect(script).not.toMatch(/hccn|npu-smi|nvidia|davinci|ascend|device_ips|die_processes$/i);
  expect(script).toMatch(/^nonce=abc patience=10 die_variable=\n/);
});

test('nothing is found of dies', () => {
  expect(findingsWith('none')).toEqual([]);
});
