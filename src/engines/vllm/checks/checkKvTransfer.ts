import type { Fault } from '../../../deployment/fault.ts';
import { suggest } from '../../../deployment/suggest.ts';
import { CONNECTORS, OFFLOAD_CONNECTOR, RETIRED_CONNECTORS, takesStages } from '../kv/connectors.ts';
import { parallelSizes } from '../layout/parallelSizes.ts';
import { type InstanceContext, instanceFault, inWords } from './checkContext.ts';
import { checkLmcache } from './checkLmcache.ts';

const ABORT_VARIABLE = 'VLLM_MOONCAKE_ABORT_REQUEST_TIMEOUT';
/** vLLM's default of it. */
const ABORT_S = 480;

const MADE_HERE: Readonly<Record<string, string>> = {
  kv_connector: 'Set the key kv_connector next to kv_transfer_config.',
  kv_role: 'Remove it: it follows from the role of the servers.',
};

/** How an instance hands its key-value cache over, or gets it. */
export function* checkKvTransfer(context: InstanceContext): Generator<Fault> {
  const { own, instance } = context;
  yield* connectorFaults(context);
  yield* checkLmcache(context);
  yield* madeHere(context);
  if (instance.role === 'mixed') return;
  yield* stageFaults(context);
  if (own.kvTransferConfig.kv_load_failure_policy === 'recompute') {
    yield instanceFault(context, 'kv_transfer', 'warning', 'kv_transfer_config.kv_load_failure_policy', {
      message: `${inWords(context)} reads a prompt again where a transfer fails, so that failures show as slowness only.`,
      hint: 'Remove kv_load_failure_policy: the default, fail, ends such a request with an error.',
    });
  }
  if (own.kvConnector === 'MooncakeConnector') yield* lostTransfers(context);
}

function* madeHere(context: InstanceContext): Generator<Fault> {
  for (const [name, hint] of Object.entries(MADE_HERE)) {
    if (!(name in context.own.kvTransferConfig)) continue;
    const message = `omniplace sets \`${name}\` of kv_transfer_config itself.`;
    yield instanceFault(context, 'engine_argument', 'error', `kv_transfer_config.${name}`, { message, hint });
  }
}

function* connectorFaults(context: InstanceContext): Generator<Fault> {
  const { own, used, instance } = context;
  const { kvConnector: name } = own;
  if (name === OFFLOAD_CONNECTOR || (CONNECTORS as readonly string[]).includes(name)) return;
  const successor = RETIRED_CONNECTORS.get(name);
  const known: readonly string[] = instance.role === 'mixed' ? [OFFLOAD_CONNECTOR] : CONNECTORS;
  if (successor !== undefined) {
    yield instanceFault(context, 'retired_name', 'error', 'kv_connector', {
      message: `${used.called} has no connector ${name}.`,
      hint: `Use ${known.includes(successor) ? successor : known[0]}.`,
    });
    return;
  }
  const meant = suggest(name, known);
  const isVllms = used.table.connectors.includes(name);
  const choice = known.length > 1 ? `one of ${known.join(', ')}` : known[0];
  yield instanceFault(context, 'bad_value', 'error', 'kv_connector', {
    message: isVllms ? `omniplace can't set the connector ${name} up.` : `${used.called} has no connector ${name}.`,
    hint: meant === null || isVllms ? `Use ${choice}.` : `Did you mean ${meant}?`,
  });
}

/** Prefill keeps the cache of a request whose transfer is lost, and decode the request. */
function* lostTransfers(context: InstanceContext): Generator<Fault> {
  const { settings, instance } = context;
  if (instance.role !== 'prefill' || ABORT_VARIABLE in settings.env || settings.unsetEnv.includes(ABORT_VARIABLE))
    return;
  yield instanceFault(context, 'kv_transfer', 'warning', ['kv_connector', 'hosts'], {
    message: `A transfer of Mooncake that is lost leaves its request waiting for ${ABORT_S} seconds, and its memory held on ${inWords(context)}.`,
    hint: `Set env: {${ABORT_VARIABLE}: SECONDS} to the longest that a request may wait for decode, such as 120.`,
  });
}

/** The caches of one stage are those of some layers only. */
function* stageFaults(context: InstanceContext): Generator<Fault> {
  const { own, used, instance } = context;
  const stages = parallelSizes(instance.group).pipeline.value;
  const isKnown = (CONNECTORS as readonly string[]).includes(own.kvConnector);
  if (stages === 1 || !isKnown || takesStages(own.kvConnector, used.runs ?? used.table.version)) return;
  const isSure = own.kvConnector === 'NixlConnector' || used.isExact;
  yield instanceFault(context, 'kv_transfer', isSure ? 'error' : 'warning', ['pipeline_parallel_size', 'hosts'], {
    message: `${inWords(context)} has ${stages} pipeline stages, and ${own.kvConnector} of ${used.called} hands over the cache of one stage.`,
    hint: 'Set tensor_parallel_size to the devices of all hosts, or use MooncakeConnector with vLLM v0.27.1 or later.',
  });
}
