import { acceleratorOf } from '../../../accelerators/index.ts';
import type { Fault } from '../../../deployment/fault.ts';
import { editDistance, suggest } from '../../../deployment/suggest.ts';
import { usesLmcache } from '../kv/lmcacheFile.ts';
import { type InstanceContext, instanceFault } from './checkContext.ts';
import { insteadOf, OTHERS_VARIABLES, RETIRED_VARIABLES } from './knownNames.ts';

const UNREACHABLE = /^(localhost|127\.|0\.0\.0\.0|::)/;
const PORTS = ['VLLM_NIXL_SIDE_CHANNEL_PORT', 'VLLM_MOONCAKE_BOOTSTRAP_PORT'];
/** Letters by which a misspelt name differs. */
const MOST_SLIPS = 2;
/** Of ranks that a program of the user's own starts. */
const SIZES = /^VLLM_DP_(SIZE|RANK|RANK_LOCAL|MASTER_IP|MASTER_PORT)$/;
/** By which the processes of a server name chunks alike, and find their settings. */
const LMCACHE = ['PYTHONHASHSEED', 'LMCACHE_CONFIG_FILE'];
/** Names of the interface over which ranks meet, for torch and NCCL. */
const INTERFACES = ['GLOO_SOCKET_IFNAME', 'NCCL_SOCKET_IFNAME'];
const ADDRESSES = ['VLLM_NIXL_SIDE_CHANNEL_HOST', 'VLLM_HOST_IP'];

/** `env`: names that vLLM does not read, and addresses that other hosts don't reach. */
export function* checkVariables(context: InstanceContext): Generator<Fault> {
  const { settings, used } = context;
  yield* removedFaults(context);
  for (const [name, value] of Object.entries(settings.env)) {
    const key = `env.${name}`;
    const instead = RETIRED_VARIABLES.get(name);
    if (instead !== undefined) {
      const message = `vLLM does not read the variable ${name}.`;
      yield instanceFault(context, 'retired_name', 'error', key, { message, hint: insteadOf(instead) });
    } else if (ADDRESSES.includes(name)) {
      if (isHostsOwn(context, name) && !UNREACHABLE.test(value)) continue;
      const problem = UNREACHABLE.test(value) ? 'no other host can reach' : 'all hosts of the group would have';
      yield instanceFault(context, 'kv_transfer', UNREACHABLE.test(value) ? 'error' : 'warning', key, {
        message: `${name} is set to ${value}, which ${problem}.`,
        hint: 'Remove it: omniplace sets it to the address of each host.',
      });
    } else if (deviceVariables(context).includes(name)) {
      yield devicesFault(context, name);
    } else if (name.startsWith('VLLM_DP_') && SIZES.test(name)) {
      yield instanceFault(context, 'engine_argument', 'error', key, {
        message: `${name} takes the place of the ranks that omniplace sets, where an instance has one.`,
        hint: 'Remove it: ranks follow from hosts and devices.',
      });
    } else if (name === 'LMCACHE_CONFIG_FILE' && usesLmcache({ role: context.instance.role, settings })) {
      yield instanceFault(context, 'kv_transfer', 'error', key, {
        message: `omniplace writes the file that ${name} names.`,
        hint: 'Remove it, and set what it contains in lmcache_config.',
      });
    } else if (PORTS.includes(name) && !isPort(value)) {
      yield instanceFault(context, 'kv_transfer', 'error', key, {
        message: `${name} must be a port; it is \`${value}\`.`,
        hint: 'Write a whole number from 1 to 65535, or remove it.',
      });
    } else if (misspelt(name) !== null) {
      yield instanceFault(context, 'engine_key', 'warning', key, {
        message: `Nothing reads the variable ${name}.`,
        hint: `Did you mean ${misspelt(name)}?`,
      });
    } else if (name.startsWith('VLLM_') && !used.table.variables.includes(name)) {
      const meant = suggest(name, used.table.variables);
      yield instanceFault(context, 'engine_key', 'warning', key, {
        message: `${used.called} does not read the variable ${name}.`,
        hint: meant === null ? 'Remove it.' : `Did you mean ${meant}?`,
      });
    }
  }
}

/** Only the host's block sets it so: another of its addresses. */
function isHostsOwn({ instance, address, settings }: InstanceContext, name: string): boolean {
  return address !== null && instance.group.settings.env[name] !== settings.env[name];
}

/** `NAME: null` */
function* removedFaults(context: InstanceContext): Generator<Fault> {
  for (const name of context.settings.unsetEnv) {
    const key = `env.${name}`;
    if (deviceVariables(context).includes(name)) yield devicesFault(context, name);
    else if (ADDRESSES.includes(name)) {
      yield instanceFault(context, 'kv_transfer', 'error', key, {
        message: `${name}: null removes the address at which other hosts reach the servers.`,
        hint: 'Remove the line: omniplace sets it to the address of each host.',
      });
    } else if (PORTS.includes(name)) {
      yield instanceFault(context, 'kv_transfer', 'error', key, {
        message: `${name}: null removes the port that omniplace counts on: those of other ranks and the router's list follow from it.`,
        hint: 'Remove the line: omniplace sets a free port. Or write the port.',
      });
    } else if (usesLmcache({ role: context.instance.role, settings: context.settings }) && LMCACHE.includes(name)) {
      yield instanceFault(context, 'kv_transfer', 'error', key, {
        message: `${name}: null removes what the processes of a server need to find each other's cache in LMCache.`,
        hint: 'Remove the line: omniplace sets it.',
      });
    } else if (INTERFACES.includes(name)) {
      yield instanceFault(context, 'engine_value', 'warning', key, {
        message: `${name}: null lets ranks choose a network by themselves; where hosts have InfiniBand, they may wait for each other forever.`,
        hint: "Remove the line: omniplace sets the interface of the host's address.",
      });
    }
  }
}

function devicesFault(context: InstanceContext, name: string): Fault {
  return instanceFault(context, 'engine_argument', 'error', `env.${name}`, {
    message: `omniplace sets ${name} itself.`,
    hint: 'Remove it: set the devices of the group.',
  });
}

/** By which the accelerator's runtime is given its devices. */
function deviceVariables({ deployment }: InstanceContext): readonly string[] {
  return Object.keys(acceleratorOf(deployment.accelerator).container([0]).env);
}

function isPort(value: string): boolean {
  return /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535;
}

/** One of others' variables that is spelt nearly so. */
function misspelt(name: string): string | null {
  if (OTHERS_VARIABLES.includes(name)) return null;
  return OTHERS_VARIABLES.find((known) => editDistance(name, known) <= MOST_SLIPS) ?? null;
}
