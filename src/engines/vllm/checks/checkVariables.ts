import type { Fault } from '../../../deployment/fault.ts';
import { suggest } from '../../../deployment/suggest.ts';
import { type InstanceContext, instanceFault } from './checkContext.ts';
import { RETIRED_VARIABLES } from './knownNames.ts';

const UNREACHABLE = /^(localhost|127\.|0\.0\.0\.0|::)/;
const ADDRESSES = ['VLLM_NIXL_SIDE_CHANNEL_HOST', 'VLLM_HOST_IP'];

/** `env`: names that vLLM does not read, and addresses that other hosts don't reach. */
export function* checkVariables(context: InstanceContext): Generator<Fault> {
  const { settings, used } = context;
  for (const [name, value] of Object.entries(settings.env)) {
    const key = `env.${name}`;
    const instead = RETIRED_VARIABLES.get(name);
    if (instead !== undefined) {
      const message = `vLLM does not read the variable ${name}.`;
      yield instanceFault(context, 'retired_name', 'error', key, { message, hint: `Use ${instead}.` });
    } else if (ADDRESSES.includes(name)) {
      const problem = UNREACHABLE.test(value) ? 'no other host can reach' : 'all hosts of the group would have';
      yield instanceFault(context, 'kv_transfer', UNREACHABLE.test(value) ? 'error' : 'warning', key, {
        message: `${name} is set to ${value}, which ${problem}.`,
        hint: 'Remove it: omniplace sets it to the address of each host.',
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
