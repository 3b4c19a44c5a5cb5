import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunSummary } from '../../../src/runner/event.ts';
import { FakeCluster, NO_FAKE_HOSTS } from '../../fakes/fakeCluster.ts';
import { inProcess } from '../../fakes/inProcess.ts';
import { unless } from '../../fakes/unless.ts';

/** Hosts with NVIDIA's driver and a network device of InfiniBand, as the kernel shows them. */
class GpuHosts extends FakeCluster {
  constructor() {
    super(2);
  }

  override deployment(): string {
    const text = `deployment:
  defaults: {user: root, private_key: ${join(this.root, 'user')}, devices: "0,1,2,3"}
  prefill:
    group1: {hosts: "${this.address(1)}", base_api_port: 18100, master_port: 18000}
  decode:
    group1: {hosts: "${this.address(2)}", base_api_port: 18200, master_port: 18001, tensor_parallel_size: 2, data_parallel_lb: external}
  proxy: {host: "${this.address(1)}", listen_port: 18300, image: router/image:1}
${this.services('engine: vllm, accelerator: cuda')}`;
    const path = join(this.root, 'vllm.yml');
    writeFileSync(path, text);
    return path;
  }

  /** What the probe reads of the kernel. */
  hardware(host: number, driver: string, port: 'ACTIVE' | 'DOWN'): void {
    const device = '/sys/class/infiniband/mlx5_0/ports/1';
    this.inHost(
      host,
      `set -e
mount -t tmpfs tmpfs /proc/driver; mkdir /proc/driver/nvidia
echo 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  ${driver}  Mon' >/proc/driver/nvidia/version
mount -t tmpfs tmpfs /sys/class; mkdir -p ${device}
echo '4: ${port}' >${device}/state; echo InfiniBand >${device}/link_layer`,
    );
  }
}

const cluster = new GpuHosts();
const omniplace = inProcess();

describe('preflight of vLLM', unless(NO_FAKE_HOSTS), () => {
  beforeAll(async () => {
    vi.stubEnv('XDG_STATE_HOME', join(cluster.root, 'home'));
    await cluster.up();
    cluster.hardware(1, '580.65.06', 'ACTIVE');
    cluster.hardware(2, '550.54.15', 'DOWN');
    for (const host of ['1', '2'])
      writeFileSync(
        join(cluster.root, 'hosts', host, 'docker/image-variables'),
        '"CUDA_VERSION=13.0.2"\n"NVIDIA_REQUIRE_CUDA=cuda>=13.0 brand=tesla,driver>=535,driver<536"\n',
      );
    mkdirSync(join(cluster.root, 'model'), { recursive: true });
    writeFileSync(
      join(cluster.root, 'model/config.json'),
      JSON.stringify({ num_hidden_layers: 32, num_attention_heads: 30, num_key_value_heads: 2 }),
    );
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    cluster.down();
  });

  it('refuses what the model, the driver and the network devices of hosts do not allow, and starts nothing', async () => {
    const { code, answer } = await omniplace<RunSummary>('serve', cluster.deployment(), '--yes');
    const found = answer.results
      .filter(({ status }) => status === 'failed')
      .flatMap(({ step, message, output }) => [`${step}: ${message}`, ...output]);
    expect({ code, found }).toEqual({
      code: 3,
      found: [
        "preflight/p0/host: prefill group1 has tensor parallel size 4, by which the 30 attention heads of the model can't be divided (choose a tensor_parallel_size that divides them)",
        'preflight/d0/host: image fake/image:1 has CUDA 13.0.2, and the driver 550.54.15 has 12.4 (install driver 580 or newer, or use an image for CUDA 12; with compatibility libraries in the image set NVIDIA_DISABLE_REQUIRE=1 in services.container.flags)',
        `decode group1 has data_parallel_lb: external, which vLLM refuses for a model without experts (${cluster.root}/model/config.json) (remove data_parallel_lb, or write a group for each rank)`,
        'tensor parallel sizes 4 of prefill group1 and 2 of decode group1: with 2 key-value heads prefill has copies of them, and decode refuses its cache (choose a size of at most 2 for prefill, or the same for both)',
      ],
    });
    expect(['1', '2'].flatMap((host) => readdirSync(join(cluster.root, 'hosts', host, 'docker')))).toEqual([
      'image-variables',
      'image-variables',
    ]);
  });
});
