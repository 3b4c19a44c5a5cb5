import { readFileSync } from 'node:fs';
import { Refusal } from '../../shared/refusal.ts';

/** Where the driver keeps the dies' addresses; the host's file is mounted into the container. */
const HCCN_CONF = '/etc/hccn.conf';

/** die -> device ip */
export type Devices = ReadonlyMap<number, string>;

export function loadDevices(env: NodeJS.ProcessEnv): Devices {
  const path = env.LAB_HCCN_CONF ?? HCCN_CONF;
  const devices = new Map<number, string>();
  for (const [, die, address] of readConf(path).matchAll(/^address_(\d+)=(\S+)$/gm)) devices.set(Number(die), address!);
  if (devices.size === 0) throw new Refusal('RuntimeError', `aclInit failed: ${path} names no device of this host`);
  return devices;
}

/** Dies this process may see: ASCEND_RT_VISIBLE_DEVICES, or all. */
export function visibleDies(env: NodeJS.ProcessEnv, devices: Devices): readonly number[] {
  const listed = env.ASCEND_RT_VISIBLE_DEVICES;
  if (!listed) return [...devices.keys()].sort((a, b) => a - b);
  return listed.split(',').map((word) => {
    const die = Number(word);
    if (!/^\d+$/.test(word.trim()) || !devices.has(die)) {
      throw new Refusal('RuntimeError', `Invalid device ID '${word}' in ASCEND_RT_VISIBLE_DEVICES=${listed}`);
    }
    return die;
  });
}

function readConf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new Refusal('RuntimeError', `aclInit failed: no NPU driver here (${path} can't be read)`);
  }
}
