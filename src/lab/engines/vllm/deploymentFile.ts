import type { LabPaths } from '../../labPaths.ts';
import { LAB_MODEL } from '../../modelFiles.ts';
import type { VllmImitated } from './vllmVersions.ts';

interface FileInput {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly numDies: number;
  readonly version: VllmImitated;
  readonly paths: LabPaths;
}

/** For a lab of vLLM: one host has a mixed server; of several the first has prefill, the others decode. */
export function vllmDeploymentFile({ name, addresses, numDies, version, paths }: FileInput): string {
  const devices = Array.from({ length: numDies }, (_, die) => die).join(',');
  return `# Written by \`omniplace lab up --engine vllm\`.
#   omniplace serve ${paths.deployment}
deployment:
  defaults:
    user: root
    private_key: ${paths.key}
    devices: "${devices}"
${groups(addresses)}
services:
  name: ${name}-vllm
  engine: vllm
  accelerator: cuda
  docker_image: omniplace/lab-vllm:${version}
  model_path: ${LAB_MODEL}
  served_model_name: lab-moe
  container: {shm_size: 64m}
  ssh: {known_hosts: ${paths.knownHosts}}
  # a simulated engine loads in seconds
  ready: {prefill: 60s, decode: 60s, mixed: 60s, no_progress: 20s}
${roles(addresses.length === 1 ? ['mixed'] : ['prefill', 'decode'])}
`;
}

function groups([first = '', ...others]: readonly string[]): string {
  if (others.length === 0) return `  mixed:\n    group1: {hosts: ${first}, base_api_port: 8000}`;
  return `  prefill:
    group1: {hosts: ${first}, master_port: 13345, base_api_port: 8100}
  decode:
    group1: {hosts: "${others.join(',')}", master_port: 13345, base_api_port: 8200}
  proxy: {host: ${first}, listen_port: 30000, policy: round_robin}`;
}

function roles(names: readonly string[]): string {
  return names
    .map((name) => `  ${name}: {max_model_len: 4096, max_num_seqs: 32, enable_expert_parallel: true}`)
    .join('\n');
}
