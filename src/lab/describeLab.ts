import { labPaths } from './labPaths.ts';
import type { LabState } from './state.ts';
import { imitatedBy } from './versions.ts';

/** What one needs to know of a lab that is up. */
export function describeLab(lab: LabState, alreadyUp: boolean): string {
  const { key, knownHosts, deployment } = labPaths(lab.name);
  const { engine, dialect } = imitatedBy(lab);
  const first = lab.hosts[0]!;
  const hosts = lab.hosts.map(({ name, address }) => `${name} ${address}`);
  return [
    `lab '${lab.name}' ${alreadyUp ? 'was up already' : 'is up'}: ${lab.hosts.length} hosts of ${lab.numDies} dies`,
    ...hosts.map((host) => `  ${host}`),
    `  image ${lab.image === null ? 'none' : `${lab.image.ref}, imitating ${engine} ${dialect}`}`,
    ...(engine === 'vllm' && lab.image !== null ? [`serve:          omniplace serve ${deployment}`] : []),
    `look into one:  ssh -i ${key} -o UserKnownHostsFile=${knownHosts} root@${first.address}`,
  ].join('\n');
}
