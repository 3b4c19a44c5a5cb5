import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ClusterStatus } from '../../src/operations/status/status.ts';
import type { RunSummary } from '../../src/runner/event.ts';
import type { LabRig } from '../fakes/lab.ts';
import { metricSum } from '../lab/vllmProcess.ts';

const HITS = 'vllm:external_prefix_cache_hits_total';
let asked = 0;

export interface VllmCluster {
  readonly name: string;
  /** Lines below `prefill:`, `decode:` or `mixed:` of `deployment:`. */
  readonly groups: string;
  /** Settings of the roles, as lines of `services:`. */
  readonly roles: string;
}

/** A deployment file for a lab of vLLM with two dies per host; `H1` to `H4` are its hosts. */
export function writeCluster(rig: LabRig, { name, groups, roles }: VllmCluster): string {
  const file = join(rig.folder, `${name}.yml`);
  const text = `deployment:
  defaults: {user: root, private_key: ${rig.paths.key}, devices: "0,1"}
${groups}
services:
  name: vllm-${name}
  engine: vllm
  accelerator: cuda
  docker_image: omniplace/lab-vllm:v0.27.1
  model_path: /data/models/lab-moe
  served_model_name: lab-moe
  container: {shm_size: 64m}
  ssh: {known_hosts: ${rig.paths.knownHosts}}
  ready: {prefill: 60s, decode: 60s, mixed: 60s, no_progress: 20s}
${roles}
`;
  writeFileSync(
    file,
    text.replaceAll(/\bH([1-4])\b/g, (_, host) => rig.address(Number(host))),
  );
  return file;
}

/** Serves it, and gives the states of its nodes. */
export async function served(rig: LabRig, file: string): Promise<readonly (readonly [string, string, number])[]> {
  const ran = await rig.omniplace('serve', file, '--yes', '--json');
  const failed = ran.json<RunSummary>().results.filter(({ status }) => status === 'failed');
  expect(failed.map(({ step, message, output }) => `${step}: ${message} ${output.join(' | ')}`)).toEqual([]);
  expect(ran.code).toBe(0);
  const status = (await rig.omniplace('status', file, '--json')).json<ClusterStatus>();
  return status.nodes.map(({ node, state, servers }) => [node, state, servers.length]);
}

/** Asks the router with a fresh prompt; gives how many of its tokens the servers of decode got from prefill, and how many it has. */
export async function movedTokens(router: string, decode: readonly string[]): Promise<readonly [number, number]> {
  const hits = async () => {
    const texts = await Promise.all(decode.map(async (url) => (await fetch(`http://${url}/metrics`)).text()));
    return texts.reduce((sum, text) => sum + metricSum(text, HITS), 0);
  };
  const before = await hits();
  asked++;
  const prompt = `${asked} ${Array.from({ length: 60 }, (_, at) => `w${at}`).join(' ')}`;
  const answer = await fetch(`http://${router}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'lab-moe', prompt, max_tokens: 4 }),
  });
  const { usage } = (await answer.json()) as { usage: { prompt_tokens: number } };
  return [(await hits()) - before, usage.prompt_tokens];
}

export async function removed(rig: LabRig, file: string): Promise<void> {
  expect((await rig.omniplace('stop', file, '--remove', '--yes', '--last')).code).toBe(0);
}
