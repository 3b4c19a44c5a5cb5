import type { Fault } from '../../../deployment/fault.ts';
import type { Instance, Topology } from '../../../topology/topology.ts';
import { writtenAt } from '../../../topology/writtenAt.ts';
import { serverShape } from '../layout/instanceLayout.ts';
import { omniRoleSettings } from '../settings.ts';
import { type CheckContext, faultAt, groupInWords } from './faults.ts';

/** Prefill shares a sequence among the dies of a server. */
export function* checkSequenceLength(context: CheckContext): Generator<Fault> {
  const { role, group } = context.instance;
  const { maxModelLen } = context.settings;
  const { tp: numDies } = serverShape(group);
  if (role !== 'prefill' || maxModelLen % numDies === 0) return;
  yield faultAt(context, 'engine_value', 'warning', 'max_model_len', {
    message: `max_model_len ${maxModelLen} is no multiple of the ${numDies} dies of ${groupInWords(group)}.`,
    hint: `OmniInfer asks for one, for example ${Math.ceil(maxModelLen / numDies) * numDies}.`,
  });
}

type Given = Pick<CheckContext, 'deployment' | 'dialect' | 'isDialectRead' | 'inputs' | 'position'>;

/** What prefill takes and decode does not fails after prefill has done its work. Nothing where the file leaves both lengths open. */
export function* checkDecodeLength({ instances }: Topology, given: Given): Generator<Fault> {
  const lengthOf = ({ group }: Instance) => group.settings.maxModelLen;
  const prefill = instances.filter(({ role }) => role === 'prefill');
  const longest = prefill.reduce<Instance | null>(
    (most, each) => (most === null || lengthOf(each) > lengthOf(most) ? each : most),
    null,
  );
  if (longest === null) return;
  for (const instance of instances) {
    if (instance.role !== 'decode' || lengthOf(instance) >= lengthOf(longest)) continue;
    const isOpen = [instance, longest].every((each) => !isWritten(each, given));
    if (isOpen) continue;
    const { settings } = instance.group;
    const context = { ...given, instance, settings, own: omniRoleSettings(settings), address: null };
    yield faultAt(context, 'engine_value', 'warning', 'max_model_len', {
      message: `max_model_len is ${lengthOf(instance)} in ${groupInWords(instance.group)} and ${lengthOf(longest)} in ${groupInWords(longest.group)}: decode refuses longer prompts that prefill has computed.`,
      hint: `Set it to at least ${lengthOf(longest)}, or that of prefill to at most ${lengthOf(instance)}.`,
    });
  }
}

function isWritten({ group, role }: Instance, { position }: Given): boolean {
  const at = writtenAt(position, { role, name: group.name, address: null }, 'max_model_len');
  return at.path.endsWith('.max_model_len');
}

/** The proxy has one limit for all servers of a role. */
export function* checkProxy({ instances }: Topology, given: Given): Generator<Fault> {
  for (const instance of instances) {
    if (instance.role === 'mixed') continue;
    const first = given.deployment[instance.role][0]!;
    const { settings } = instance.group;
    const { maxNumSeqs } = settings;
    if (maxNumSeqs === first.settings.maxNumSeqs) continue;
    const own = omniRoleSettings(settings);
    const context = { ...given, instance, settings, own, address: null };
    yield faultAt(context, 'engine_value', 'warning', 'max_num_seqs', {
      message: `max_num_seqs is ${maxNumSeqs} in ${groupInWords(instance.group)} and ${first.settings.maxNumSeqs} in ${groupInWords(first)}; the proxy knows one number for all.`,
      hint: `It takes that of ${first.name}. Give all ${instance.role} groups the same.`,
    });
  }
}
