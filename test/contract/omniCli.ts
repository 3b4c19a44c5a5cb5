import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { NodeName } from '../../src/topology/topology.ts';
import { type Start, startOf } from './cell.ts';

const CELL = new URL('cell.sh', import.meta.url).pathname;
const WAIT_SECONDS = 120;
/** Of Debian's python3-yaml. */
const PYTHON_YAML = '/usr/lib/python3/dist-packages/yaml';

/** Why omni_cli can't run here; null: it can. */
export function omniCliObstacle(): string | null {
  return existsSync(PYTHON_YAML) ? null : 'needs the package python3-yaml';
}

/** Runs the omni_cli of a source tree for some nodes of its server profiles, and gives what it started. */
export async function startByOmniCli<Name extends NodeName>(
  tree: string,
  profiles: string,
  expected: Readonly<Record<Name, readonly [program: string, count: number]>>,
): Promise<Readonly<Record<Name, Start>>> {
  const out = mkdtempSync(join(tmpdir(), 'omniplace-omni-cli-'));
  const names = Object.keys(expected) as Name[];
  try {
    for (const name of names) mkdirSync(join(out, name));
    writeFileSync(join(out, 'server_profiles.yml'), profiles);
    writeFileSync(join(out, 'nodes.sh'), nodesScript(out, expected));
    await promisify(execFile)('bash', [CELL, tree, out], { maxBuffer: 2 ** 26 });
    return Object.fromEntries(names.map((name) => [name, startOf(join(out, name))])) as Record<Name, Start>;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function nodesScript(
  out: string,
  expected: Readonly<Record<string, readonly [program: string, count: number]>>,
): string {
  const isDone = Object.entries(expected).map(
    ([name, [program, count]]) => `[ "$(ls ${out}/${name} | grep -c '^${program}\\..*argv$')" -ge ${count} ]`,
  );
  return `
ln -s /contract/dockerStdin.sh /recorders/docker
ln -s /contract/ansible.sh /recorders/ansible
ln -sf /contract/recordedPython.sh /recorders/python
export OUT=${out} HOME=/root PATH=/recorders:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
ip link set lo up
cd ${out}
PYTHONPATH=/workspace/omniinfer/tools python3 /contract/runOmniCli.py server_profiles.yml ${Object.keys(expected).join(' ')} >${out}/omni_cli.log 2>&1
code=$?
for name in ${Object.keys(expected).join(' ')}; do tail -c 3000 ${out}/omni_cli.log >>${out}/$name/log; done
until [ "$code" != 0 ] || { ${isDone.join(' && ')}; } || [ "$SECONDS" -ge ${WAIT_SECONDS} ]; do sleep 0.2; done
`;
}
