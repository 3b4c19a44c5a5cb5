import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { Refusal } from '../../shared/refusal.ts';
import type { Parallel } from './parallel.ts';

/** Refuses ranks for which this process sees no devices, as CUDA counts them: those of the container, less what is hidden. */
export function checkDevices({ tensor, pipeline, nodesPerRank, localRanks }: Parallel, env: NodeJS.ProcessEnv): void {
  // only an API server
  if (localRanks === 0) return;
  const there = devicesOf(env.LAB_DEVICES ?? '/dev');
  if (there === 0) throw new Refusal('RuntimeError', 'Failed to infer device type: no NVIDIA driver was found');
  const written = env.CUDA_VISIBLE_DEVICES;
  const visible = written === undefined ? there : counted(written, there);
  const perRank = (tensor * pipeline) / nodesPerRank;
  if (visible < perRank) {
    throw new Refusal(
      'ValueError',
      `World size (${perRank}) is larger than the number of available GPUs (${visible}) in this node.`,
    );
  }
  for (let rank = 0; rank < localRanks; rank++) {
    if ((rank + 1) * perRank <= visible) continue;
    throw new Refusal(
      'Exception',
      `Error computing device indices for CUDA_VISIBLE_DEVICES: local range: [${rank * perRank}, ${(rank + 1) * perRank}) base value: "${written ?? ''}"`,
    );
  }
}

/** Ranks that meet over a network look for it by the name that the variables contain. */
export function checkInterfaces({ tensor, pipeline, data }: Parallel, env: NodeJS.ProcessEnv): void {
  if (tensor * pipeline * data === 1) return;
  const known = Object.keys(networkInterfaces());
  const gloo = env.GLOO_SOCKET_IFNAME;
  if (gloo !== undefined && !known.includes(gloo)) {
    throw new Refusal('RuntimeError', `[enforce fail at device.cc] Unable to find address for: ${gloo}`);
  }
  const nccl = env.NCCL_SOCKET_IFNAME;
  if (nccl === undefined || nccl.startsWith('^') || nccl.split(',').some((name) => isNamed(name, known))) return;
  throw new Refusal('torch.distributed.DistBackendError', 'Bootstrap : no socket interface found');
}

/** `eth` is every interface that begins so, `=eth0` only that one. */
function isNamed(name: string, known: readonly string[]): boolean {
  return known.some((one) => (name.startsWith('=') ? one === name.slice(1) : one.startsWith(name)));
}

function devicesOf(folder: string): number {
  return readdirSync(folder).filter((name) => /^nvidia\d+$/.test(name)).length;
}

/** CUDA stops at the first that is not there. */
function counted(written: string, there: number): number {
  const names = written.split(',').filter((name) => name !== '');
  const wrong = names.findIndex((name) => !/^\d+$/.test(name) || Number(name) >= there);
  return wrong < 0 ? names.length : wrong;
}
