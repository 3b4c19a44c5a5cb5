import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Facts } from '../../../facts/facts.ts';
import type { Instance, Topology } from '../../../topology/topology.ts';
import type { Refusal } from '../../engine.ts';
import { HostDialects } from '../dialect/hostDialects.ts';
import { omniRoleSettings } from '../settings.ts';
import { checkExtraConfigKeys, checkLauncher } from './checkLauncher.ts';
import { checkScripts } from './checkScripts.ts';
import type { CheckContext } from './faults.ts';

const NO_INPUTS = { files: {}, bytes: {}, trees: {} };
const NO_PLACE = { line: null, col: null };

/** What the code that hosts were found to run can't be given: `validate` can only assume it. */
export function refusals(deployment: Deployment, topology: Topology, facts: Facts): readonly Refusal[] {
  const dialects = new HostDialects(deployment, facts, NO_INPUTS);
  const given = {
    deployment,
    dialect: dialects.on(topology.instances[0]!.masterAddress),
    isDialectRead: dialects.isRead(topology.instances[0]!.masterAddress),
    inputs: NO_INPUTS,
    position: () => NO_PLACE,
  };
  const first = topology.instances[0]!.masterAddress;
  const found = [
    ...[...checkScripts(deployment, given.dialect, given.position)].map((fault) => refusal(first, fault)),
    ...topology.instances.flatMap((instance) =>
      contextsOf(instance, given).flatMap((context) =>
        [...checkLauncher(context), ...checkExtraConfigKeys(context)]
          .filter(({ severity }) => severity === 'error')
          .map((fault) => refusal(context.address ?? instance.masterAddress, fault)),
      ),
    ),
  ];
  return found.filter(({ message }, i) => found.findIndex((other) => other.message === message) === i);
}

function refusal(host: string, { path, message, hint }: Fault): Refusal {
  return { host, message: `${path}: ${message}`, hint };
}

/** Each of an instance's settings once: the group's, then those of hosts that have others. */
export function contextsOf(
  instance: Instance,
  given: Pick<CheckContext, 'deployment' | 'dialect' | 'isDialectRead' | 'inputs' | 'position'>,
): readonly CheckContext[] {
  const { group } = instance;
  const known = JSON.stringify(group.settings);
  const others = group.hosts.filter(({ settings }) => JSON.stringify(settings) !== known);
  const ofGroup = others.length < group.hosts.length ? [{ settings: group.settings, address: null }] : [];
  return [...ofGroup, ...others.map(({ settings, address }) => ({ settings, address }))].map((found) => ({
    ...given,
    ...found,
    instance,
    own: omniRoleSettings(found.settings),
  }));
}
