import type { PlacementSettings, ServerRole } from '../deployment/deployment.ts';
import type { Instance, ServerNode, Topology } from '../topology/topology.ts';

/** Instances that share one pattern: those of a role, where they are alike. */
export interface BalanceTarget {
  /** `decode`, or `decode.group1` where the role's instances differ. */
  readonly name: string;
  readonly role: ServerRole;
  /** Where its settings stand in a deployment: `services.decode`, or `deployment.decode.group1`. */
  readonly settingsPath: readonly string[];
  readonly instances: readonly Instance[];
  /** The masters: they hold rank 0, which records. */
  readonly masters: readonly ServerNode[];
  readonly ranks: number;
  readonly ranksPerHost: number;
  /** How the engine shares an expert's tokens among its replicas. */
  readonly split: 'uniform' | 'affine';
  readonly placement: PlacementSettings;
}

/** What `balance` can work on, and why not on the rest. Roles with placement off are passed over unless they were named. */
export function balanceTargets(
  topology: Topology,
  role: ServerRole | 'all',
): { readonly targets: readonly BalanceTarget[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const targets = allTargets(topology).filter((target) => {
    if (role !== 'all' && target.role !== role) return false;
    const obstacle = obstacleOf(target);
    if (obstacle !== null && (role !== 'all' || target.placement.enabled)) problems.push(obstacle);
    return obstacle === null;
  });
  if (targets.length === 0 && problems.length === 0) {
    problems.push(
      role === 'all'
        ? 'no role has placement on: set services.decode.placement.mode to base'
        : `the deployment has no ${role} instance`,
    );
  }
  return { targets, problems };
}

function allTargets(topology: Topology): BalanceTarget[] {
  const roles = [...new Set(topology.instances.map((instance) => instance.role))];
  return roles.flatMap((role) => {
    const ofRole = topology.instances.filter((instance) => instance.role === role);
    const kinds = new Set(ofRole.map((instance) => kindOf(instance, topology)));
    if (kinds.size === 1) return targetOf(role, ['services', role], ofRole, topology) ?? [];
    return ofRole.flatMap(
      (instance) =>
        targetOf(`${role}.${instance.group.name}`, ['deployment', role, instance.group.name], [instance], topology) ??
        [],
    );
  });
}

/** What has to be the same for one pattern to fit: size, routing, and what serves now. */
function kindOf({ master, numRanks }: Instance, { nodes }: Topology): string {
  const node = nodes.find(({ name }) => name === master);
  if (node === undefined || node.role === 'proxy') return '';
  const { dumpDir: _, ...placement } = node.settings.placement;
  return JSON.stringify([numRanks, node.dies.length, placement]);
}

function targetOf(
  name: string,
  settingsPath: readonly string[],
  instances: readonly Instance[],
  topology: Topology,
): BalanceTarget | null {
  const masters = instances.flatMap(({ master }) => topology.nodes.find((node) => node.name === master) ?? []);
  const servers = masters.filter((node): node is ServerNode => node.role !== 'proxy');
  const [first] = servers;
  if (first === undefined) return null;
  const { placement } = first.settings;
  return {
    name,
    role: first.role,
    settingsPath,
    instances,
    masters: servers,
    ranks: instances[0]!.numRanks,
    ranksPerHost: first.dies.length,
    split: placement.enableRankRoundRobin ? 'affine' : 'uniform',
    placement,
  };
}

function obstacleOf({ name, settingsPath, placement }: BalanceTarget): string | null {
  const mode = `${settingsPath.join('.')}.placement.mode`;
  if (!placement.enabled) return `${name}: placement is off; set ${mode} to base`;
  if (placement.enableDynamic)
    return `${name}: its engine moves experts by itself (enable_dynamic), so that nothing recorded says which expert was hot; set ${mode} to base`;
  return null;
}
