import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import { LabRig, NO_LAB } from '../fakes/lab.ts';
import { unless } from '../fakes/unless.ts';
import { metricSum } from '../lab/vllmProcess.ts';

const rig = new LabRig('vllm');
// more than two blocks of 16 tokens
const PROMPT = Array.from({ length: 50 }, (_, at) => `w${at}`).join(' ');

describe('vLLM in the lab', unless(NO_LAB), () => {
  beforeAll(async () => {
    await rig.down();
    await rig.upVllm(2);
  });
  afterAll(async () => {
    await rig.down();
    rig.forget();
  });

  it('serves the file that `lab up` wrote: a prompt goes through prefill, its cache to decode', async () => {
    const file = rig.paths.deployment;
    expect(readFileSync(file, 'utf8')).toContain('docker_image: omniplace/lab-vllm:v0.27.1');
    const ran = await rig.omniplace('serve', file, '--yes', '--json');
    expect(ran.json<RunSummary>().outcome).toBe('done');
    expect(ran.code).toBe(0);
    const before = await hits();
    const answer = await fetch(`http://${rig.address(1)}:30000/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'lab-moe', prompt: PROMPT, max_tokens: 4 }),
    });
    const { usage } = (await answer.json()) as { usage: { prompt_tokens: number } };
    expect((await hits()) - before).toBe(usage.prompt_tokens);
  });

  it('shows the GPUs of its hosts as free, and its servers by their status', async () => {
    const status = (await rig.omniplace('status', rig.paths.deployment, '--json')).json<ClusterStatus>();
    expect(status.nodes.map(({ node, state }) => [node, state])).toEqual([
      ['p0', 'serving'],
      ['d0', 'serving'],
      ['c0', 'serving'],
    ]);
    expect((await rig.ssh(1, 'nvidia-smi -L | wc -l')).stdout.trim()).toBe('4');
  });

  it('shows that decode gets no cache where the transfer does not work, though every request is answered', async () => {
    const file = join(rig.folder, 'broken.yml');
    const text = readFileSync(rig.paths.deployment, 'utf8');
    writeFileSync(file, text.replace('  prefill: {', '  prefill: {env: {LAB_KV_TRANSFER: "0"}, '));
    const ran = await rig.omniplace('serve', file, '--yes', '--json', '--no-rollback');
    expect(ran.code).not.toBe(0);
    const status = (await rig.omniplace('status', file, '--json')).json<ClusterStatus>();
    expect([status.state, status.reason]).toEqual([
      'degraded',
      expect.stringContaining('decode does not receive KV from prefill'),
    ]);
    const before = await hits();
    const [router, body] = [
      `http://${rig.address(1)}:30000`,
      { model: 'lab-moe', prompt: `${PROMPT} x`, max_tokens: 4 },
    ];
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${router}/v1/completions`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    expect(await hits()).toBe(before);
  });

  it('stops', async () => {
    expect((await rig.omniplace('stop', rig.paths.deployment, '--remove', '--yes', '--last')).code).toBe(0);
    expect((await rig.ssh(2, "pgrep -f '[v]llm.cjs' | wc -l")).stdout.trim()).toBe('0');
  });
});

async function hits(): Promise<number> {
  const text = await (await fetch(`http://${rig.address(2)}:8200/metrics`)).text();
  return metricSum(text, 'vllm:external_prefix_cache_hits_total');
}
