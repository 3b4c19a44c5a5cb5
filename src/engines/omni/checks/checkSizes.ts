import type { Deployment } from '../../../deployment/deployment.ts';
import type { Fault } from '../../../deployment/fault.ts';
import type { Topology } from '../../../topology/topology.ts';
import { omniRoleSettings } from '../settings.ts';
import { type CheckContext, faultAt, groupInWords } from './faults.ts';

/** Prefill shares a sequence among all dies of the instance. */
export function* checkSequenceLength(context: CheckContext): Generator<Fault> {
  const { role, numRanks, group } = context.instance;
  const { maxModelLen } = context.settings;
  if (role !== 'prefill' || maxModelLen % numRanks === 0) return;
  yield faultAt(context, 'engine_value', 'warning', 'max_model_len', {
    message: `max_model_len ${maxModelLen} is no multiple of the ${numRanks} dies of ${groupInWords(group)}.`,
    hint: `OmniInfer asks for one, for example ${Math.ceil(maxModelLen / numRanks) * numRanks}.`,
  });
}

/** The proxy has one limit for all servers of a role. */
export function* checkProxy(
  deployment: Deployment,
  topology: Topology,
  given: Pick<CheckContext, 'dialect' | 'inputs' | 'position'>,
): Generator<Fault> {
  for (const instance of topology.instances) {
    if (instance.role === 'mixed') continue;
    const first = deployment[instance.role][0]!;
    const { settings } = instance.group;
    const { maxNumSeqs } = settings;
    if (maxNumSeqs === first.settings.maxNumSeqs) continue;
    const own = omniRoleSettings(settings);
    const context = { ...given, deployment, instance, settings, own, address: null };
    yield faultAt(context, 'engine_value', 'warning', 'max_num_seqs', {
      message: `max_num_seqs is ${maxNumSeqs} in ${groupInWords(instance.group)} and ${first.settings.maxNumSeqs} in ${groupInWords(first)}; the proxy knows one number for all.`,
      hint: `It takes that of ${first.name}. Give all ${instance.role} groups the same.`,
    });
  }
}
