import type { Fault } from '../../../deployment/fault.ts';
import type { Instance, Topology } from '../../../topology/topology.ts';
import { serverShape } from '../layout/instanceLayout.ts';
import { type OmniRoleSettings, omniRoleSettings } from '../settings.ts';
import { type CheckContext, faultAt, groupInWords } from './faults.ts';

const OWN_CONNECTOR = 'AscendHcclConnectorV1';
/** It holds several. */
const SEVERAL = 'MultiConnector';

type Given = Pick<CheckContext, 'deployment' | 'dialect' | 'isDialectRead' | 'inputs' | 'position'>;

/** What the configuration of a connector takes to be the same on both sides, and in all instances of a role. */
export function* checkConnectors({ instances }: Topology, given: Given): Generator<Fault> {
  const prefill = instances.filter(({ role }) => role === 'prefill');
  const decode = instances.filter(({ role }) => role === 'decode');
  const [first] = prefill;
  if (first === undefined) return;
  for (const other of [...prefill.slice(1), ...decode]) yield* otherConnector(first, other, given);
  for (const other of decode.slice(1)) yield* otherDecodeSize(decode[0]!, other, given);
  for (const other of prefill.slice(1)) yield* otherPrefillSizes(first, other, given);
}

function* otherConnector(first: Instance, other: Instance, given: Given): Generator<Fault> {
  const [ours, theirs] = [first, other].map(connectorOf);
  if (ours === theirs || ours === SEVERAL || theirs === SEVERAL) return;
  const place = ownOf(other).kvTransferConfig.kv_connector === undefined ? first : other;
  yield faultAt(contextOf(place, given), 'engine_value', 'error', 'kv_transfer_config.kv_connector', {
    message: `${groupInWords(other.group)} has ${theirs}, and ${groupInWords(first.group)} has ${ours}: no cache goes from one to the other.`,
    hint: 'Set kv_connector the same in services.prefill.kv_transfer_config and services.decode.kv_transfer_config.',
  });
}

function* otherDecodeSize(first: Instance, other: Instance, given: Given): Generator<Fault> {
  const [ours, theirs] = [first, other].map(({ group }) => serverShape(group).tp);
  if (ours === theirs || ownOf(other).kvTransferConfig.kv_parallel_size !== undefined) return;
  yield faultAt(contextOf(other, given), 'engine_value', 'error', 'tp', {
    message: `Servers of ${groupInWords(other.group)} have tp ${theirs}, and those of ${groupInWords(first.group)} tp ${ours}: prefill takes all of decode to have the same (kv_parallel_size).`,
    hint: 'Give all decode groups the same tp.',
  });
}

function* otherPrefillSizes(first: Instance, other: Instance, given: Given): Generator<Fault> {
  const sizes = [
    ['pp', 'stage', 'pipelineParallelSize'],
    ['tp', 'data-parallel rank', 'dataParallelSize'],
  ] as const;
  for (const [key, what, size] of sizes) {
    const [ours, theirs] = [first, other].map((instance) => sizeOf(instance, size));
    if (ours === theirs) continue;
    yield faultAt(contextOf(other, given), 'engine_value', 'error', key, {
      message: `${groupInWords(other.group)} has ${counted(theirs!, what)}, and ${groupInWords(first.group)} has ${ours}: decode takes all of prefill to have the same.`,
      hint: `Give all prefill groups as many dies and the same ${key}.`,
    });
  }
}

function sizeOf({ group }: Instance, size: 'pipelineParallelSize' | 'dataParallelSize'): number {
  const shape = serverShape(group);
  if (size === 'pipelineParallelSize') return shape.pp;
  const perHost = group.hosts.map(({ dies: { length } }) => Math.floor(length / (shape.tp * shape.pp)));
  return shape.spansHosts ? 1 : perHost.reduce((sum, each) => sum + each, 0);
}

function connectorOf({ group }: Instance): string {
  const name = omniRoleSettings(group.settings).kvTransferConfig.kv_connector;
  return typeof name === 'string' ? name : OWN_CONNECTOR;
}

function ownOf({ group }: Instance): OmniRoleSettings {
  return omniRoleSettings(group.settings);
}

function contextOf(instance: Instance, given: Given): CheckContext {
  const { settings } = instance.group;
  return { ...given, instance, settings, own: omniRoleSettings(settings), address: null };
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
