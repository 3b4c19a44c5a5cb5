import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { NodeName } from '../../src/topology/topology.ts';
import { type Start, startOf } from './cell.ts';

const CELL = new URL('cell.sh', import.meta.url).pathname;
/** Debian's ansible-core. */
const ANSIBLE = '/usr/bin/ansible-playbook';
const WAIT_SECONDS = 120;

/** Why no playbook can be run here; null: it can. */
export function ansibleObstacle(): string | null {
  return existsSync(ANSIBLE) ? null : 'needs ansible-playbook, of the package ansible-core';
}

/** Runs a playbook's own tasks that start the servers of some nodes, and gives what they started. */
export async function startByPlaybook<Name extends NodeName>(
  tree: string,
  inventory: string,
  playbook: string,
  counts: Readonly<Record<Name, number>>,
): Promise<Readonly<Record<Name, Start>>> {
  const out = mkdtempSync(join(tmpdir(), 'omniplace-playbook-'));
  const names = Object.keys(counts) as Name[];
  try {
    for (const name of names) mkdirSync(join(out, name));
    writeFileSync(join(out, 'inventory.yml'), inventory);
    // of a collection that ansible-core lacks; it brings code and rank tables, which is not asked for
    writeFileSync(join(out, 'playbook.yml'), playbook.replace(/^( *)(ansible\.builtin\.)?synchronize:/gm, '$1debug:'));
    writeFileSync(join(out, 'nodes.sh'), nodesScript(out, counts));
    await promisify(execFile)('bash', [CELL, tree, out], { maxBuffer: 2 ** 26 });
    return Object.fromEntries(names.map((name) => [name, startOf(join(out, name))])) as Record<Name, Start>;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function nodesScript(out: string, counts: Readonly<Record<string, number>>): string {
  const isDone = Object.entries(counts).map(
    ([name, count]) => `[ "$(ls ${out}/${name} | grep -c '^vllm\\..*argv$')" -ge ${count} ]`,
  );
  return `
ln -s /contract/docker.sh /recorders/docker
export OUT=${out} HOME=/root PATH=/recorders:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
ip link set lo up
mkdir -p /tmp/scripts_path /data/log_path
tables=/tmp/ranktable_save_path
mkdir -p $tables/prefill_config $tables/decode_config $tables/global/collect_files_d
touch $tables/global/global_ranktable_merge.json $tables/global/collect_files_d/local_d_merge.json
touch $tables/prefill_config/local_p_0123456789101112131415.json $tables/decode_config/local_d.json
cd ${out}
ansible-playbook -i inventory.yml playbook.yml --limit ${Object.keys(counts).join(',')} --tags run_server \\
  -e default_interface=eth0 -e ansible_connection=local -e ansible_python_interpreter=/usr/bin/python3 >${out}/ansible.log 2>&1
code=$?
for name in ${Object.keys(counts).join(' ')}; do
  [ "$code" = 0 ] || { tail -c 3000 ${out}/ansible.log >>${out}/$name/log; echo $code >${out}/$name/exit; }
done
until [ "$code" != 0 ] || { ${isDone.join(' && ')}; } || [ "$SECONDS" -ge ${WAIT_SECONDS} ]; do sleep 0.2; done
`;
}
