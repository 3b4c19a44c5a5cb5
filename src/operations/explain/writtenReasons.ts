import type { Positions } from '../../deployment/positions.ts';
import type { Reasoned } from '../../topology/reasoned.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { writtenAt } from '../../topology/writtenAt.ts';

/** Settings of a role that several places of the file may set. */
const KEYS = ['max_model_len', 'max_num_seqs', 'gpu_util'];

/** The values of a node, those of its role's settings with the place that set them. */
export function writtenReasons(
  node: Node,
  { instances }: Topology,
  file: string,
  positions: Positions,
): Readonly<Record<string, Reasoned>> {
  if (node.role === 'proxy') return node.reasons;
  const { role, host } = node;
  const { name } = instances[node.instance]!.group;
  const placed = KEYS.map((key): [string, Reasoned] => {
    const { path, line } = writtenAt(positions, { role, name, address: host }, key);
    const isSet = path.endsWith(`.${key}`);
    const because = isSet ? `${path}${line === null ? '' : `, ${file}:${line}`}` : `default of ${role}`;
    return [key, { value: node.reasons[key]!.value, because }];
  });
  return { ...node.reasons, ...Object.fromEntries(placed) };
}
