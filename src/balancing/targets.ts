import type { ServerRole } from '../deployment/deployment.ts';
import type { ExpertControl, PlacedExperts } from '../engines/expertControl.ts';
import type { Instance, ServerNode, Topology } from '../topology/topology.ts';

/** Instances that share one pattern: those of a role, where they are alike. */
export interface BalanceTarget {
  /** `decode`, or `decode.group1` where the role's instances differ. */
  readonly name: string;
  readonly role: ServerRole;
  /** Where its settings stand in a deployment: `services.decode`, or `deployment.decode.group1`. */
  readonly settingsPath: readonly string[];
  readonly instances: readonly Instance[];
  /** The masters: their settings are those of their instances. */
  readonly masters: readonly ServerNode[];
  readonly ranks: number;
  readonly ranksPerHost: number;
  readonly placed: PlacedExperts;
}

/** What `balance` can work on, and why not on the rest. Roles with placement off are passed over unless they were named. */
export function balanceTargets(
  topology: Topology,
  role: ServerRole | 'all',
  experts: ExpertControl,
): { readonly targets: readonly BalanceTarget[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const { key, value } = experts.fixed;
  const targets = allTargets(topology, experts).filter((target) => {
    if (role !== 'all' && target.role !== role) return false;
    const obstacle = obstacleOf(target, experts);
    if (obstacle !== null && (role !== 'all' || target.placed.enabled)) problems.push(obstacle);
    return obstacle === null;
  });
  if (targets.length === 0 && problems.length === 0) {
    problems.push(
      role === 'all'
        ? `no role has placement on: set services.decode.${key} to ${value}`
        : `the deployment has no ${role} instance`,
    );
  }
  return { targets, problems };
}

function allTargets(topology: Topology, experts: ExpertControl): BalanceTarget[] {
  const roles = [...new Set(topology.instances.map((instance) => instance.role))];
  return roles.flatMap((role) => {
    const ofRole = topology.instances.filter((instance) => instance.role === role);
    const kinds = new Set(ofRole.map((instance) => kindOf(instance, topology, experts)));
    if (kinds.size === 1) return targetOf(role, ['services', role], ofRole, topology, experts) ?? [];
    return ofRole.flatMap(
      (instance) =>
        targetOf(
          `${role}.${instance.group.name}`,
          ['deployment', role, instance.group.name],
          [instance],
          topology,
          experts,
        ) ?? [],
    );
  });
}

/** What has to be the same for one pattern to fit: size, routing, and what serves now. */
function kindOf({ master, numRanks }: Instance, { nodes }: Topology, experts: ExpertControl): string {
  const node = nodes.find(({ name }) => name === master);
  if (node === undefined || node.role === 'proxy') return '';
  return JSON.stringify([numRanks, node.dies.length, experts.placed(node.settings).kind]);
}

function targetOf(
  name: string,
  settingsPath: readonly string[],
  instances: readonly Instance[],
  topology: Topology,
  experts: ExpertControl,
): BalanceTarget | null {
  const masters = instances.flatMap(({ master }) => topology.nodes.find((node) => node.name === master) ?? []);
  const servers = masters.filter((node): node is ServerNode => node.role !== 'proxy');
  const [first] = servers;
  if (first === undefined) return null;
  return {
    name,
    role: first.role,
    settingsPath,
    instances,
    masters: servers,
    ranks: experts.ranks(instances[0]!, first.settings),
    ranksPerHost: first.dies.length,
    placed: experts.placed(first.settings),
  };
}

function obstacleOf(
  { name, settingsPath, placed }: BalanceTarget,
  { fixed, dynamicKey }: ExpertControl,
): string | null {
  const todo = `set ${[...settingsPath, fixed.key].join('.')} to ${fixed.value}`;
  if (!placed.enabled) return `${name}: placement is off; ${todo}`;
  if (placed.dynamic)
    return `${name}: its engine moves experts by itself (${dynamicKey}), so that nothing recorded says which expert was hot; ${todo}`;
  return null;
}
