import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabRig } from './lab.ts';

/** What rank 0 of the decode instance has counted since its start. */
export interface DecodeCounts {
  /** Windows with a token, and the sum of their PARs (mean over layers). */
  readonly windows: number;
  readonly parSum: number;
  /** Of the last window. */
  readonly par: number;
  readonly expertsMoved: number;
}

/** 1P1D on one lab host of five dies: a prefill instance of one rank, a decode instance of four. */
export class OneHostCluster {
  readonly file: string;
  readonly address: string;
  /** Of the proxy. */
  readonly url: string;

  constructor(
    private readonly rig: LabRig,
    host: number,
    readonly name: string,
  ) {
    this.file = join(rig.folder, `${name}.yml`);
    this.address = rig.address(host);
    this.url = `http://${this.address}:7000`;
  }

  /** `decode`: settings of its role, as YAML's flow form has them. */
  write(decode: string): void {
    writeFileSync(this.file, clusterText(this.rig, this.address, `${this.rig.name}-${this.name}`, decode));
  }

  async counts(): Promise<DecodeCounts> {
    const text = await (await fetch(`http://${this.address}:9100/metrics`)).text();
    const value = (name: string) => Number(new RegExp(`^omniplace_lab_${name} (\\S+)$`, 'm').exec(text)?.[1]);
    return {
      windows: value('windows_total'),
      parSum: value('windows_par_total'),
      par: value('window_par'),
      expertsMoved: value('experts_moved_total'),
    };
  }
}

function clusterText(rig: LabRig, address: string, name: string, decode: string): string {
  const { directory, key, knownHosts } = rig.paths;
  return `deployment:
  defaults: {user: root, private_key: ${key}}
  prefill:
    group1: {hosts: ${address}, master_port: 8000, base_api_port: 9000, ascend_rt_visible_devices: "4"}
  decode:
    group1: {hosts: ${address}, master_port: 8100, base_api_port: 9100, ascend_rt_visible_devices: "0,1,2,3"}
  proxy: {host: ${address}, listen_port: 7000}
services:
  name: ${name}
  engine: omni
  accelerator: ascend
  docker_image: omniplace/lab:1
  model_path: /data/models/lab-moe
  served_model_name: lab-moe
  code_path: ${directory}/code
  wheels: [${directory}/wheels/*.whl]
  container: {shm_size: 64m}
  ssh: {known_hosts: ${knownHosts}}
  ready: {prefill: 60s, decode: 60s, no_progress: 20s}
  prefill: {max_model_len: 4096, max_num_seqs: 64}
  decode: {max_model_len: 4096, max_num_seqs: 32, ${decode}}
`;
}
