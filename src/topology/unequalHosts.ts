import type { RoleSettings } from '../deployment/deployment.ts';
import type { Fault } from '../deployment/fault.ts';
import { type CheckContext, capital, fault } from './checkContext.ts';
import { writtenAt } from './writtenAt.ts';

/** A key of the file, and its value once parsed. */
export type SharedSetting = readonly [key: string, value: (settings: RoleSettings) => unknown];

const SHARED_SETTINGS: readonly SharedSetting[] = [
  ['max_model_len', ({ maxModelLen }) => maxModelLen],
  ['max_num_seqs', ({ maxNumSeqs }) => maxNumSeqs],
  ['max_num_batched_tokens', ({ maxNumBatchedTokens }) => maxNumBatchedTokens],
  ['extra_args', ({ extraArgs }) => extraArgs],
];

/** What the hosts of one instance should have in common, and don't. */
export function* unequalHosts(context: CheckContext): Generator<Fault> {
  yield* unequalSettings(context, SHARED_SETTINGS);
  yield* ignoredMasterPorts(context);
}

/** Ranks of an instance work on the same tokens: what decides how must be the same on all of its hosts. */
export function* unequalSettings(context: CheckContext, shared: readonly SharedSetting[]): Generator<Fault> {
  for (const { group, role } of context.topology.instances) {
    const [master, ...others] = group.hosts;
    for (const [key, read] of shared) {
      const odd = others.find(({ settings }) => !same(read(settings), read(master!.settings)));
      if (!odd) continue;
      const at = writtenAt(context.placeOf, { role, name: group.name, address: odd.address }, key, 'key');
      yield fault(context, 'unequal_settings', 'warning', at, {
        message: `${capital(role)} ${group.name} has another \`${key}\` on ${odd.address} than on ${master!.address}.`,
        hint: 'Its ranks work together and must agree: set it for the group.',
      });
    }
  }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function* ignoredMasterPorts(context: CheckContext): Generator<Fault> {
  for (const { group, role } of context.topology.instances) {
    const [master, ...others] = group.hosts;
    for (const host of others) {
      if (host.masterPort === master!.masterPort) continue;
      const at = writtenAt(context.placeOf, { role, name: group.name, address: host.address }, 'master_port');
      yield fault(context, 'ignored_setting', 'warning', at, {
        message: `The master port ${host.masterPort} of ${host.address} is not used: ${role} ${group.name} meets at port ${master!.masterPort} of ${master!.address}.`,
        hint: 'Remove it, or set it on the first host of the group.',
      });
    }
  }
}
